import CSystem
import Glibc

/// A tracer at work.
final class Session {
  let child: Child
  let output: String
  let errors: String
  /// Seconds from exec to the last attachment.
  let timeToAttach: Double
  var process: Process { Process(pid: child.pid) }

  /// Starts the tracer and waits until nothing more is attached for a while.
  init(_ tracer: Tracer, processes: [pid_t], place: Place) throws(Failure) {
    output = place.scratch + "/tracer.out"
    errors = place.scratch + "/tracer.errors"
    let newest = bench_newest_link(0)
    child = try Child(tracer.command(processes), output: output, errors: errors)
    var last: Double?
    switch tracer.kind {
    case .programs, .events:
      last = Self.lastAttachment(of: child, after: newest, settle: place.settle)
    case .ptrace:
      let limit = child.started + 10
      while child.isRunning && now() < limit && last == nil {
        if processes.allSatisfy({ Process(pid: $0).tracer != 0 }) { last = now() }
      }
      pause(0.1)
    }
    guard let last, child.isRunning else {
      child.end()
      throw Failure(Self.reason(errors))
    }
    timeToAttach = last - child.started
  }

  /// When its newest attachment came, once none came for a while.
  ///
  /// A watcher that takes a CPU would take it from a tracer that has threads. So it asks
  /// the kernel for new links, which costs a system call, and looks into /proc seldom, for
  /// what is attached without a link.
  private static func lastAttachment(
    of child: Child, after newest: UInt32, settle: Double
  ) -> Double? {
    let process = Process(pid: child.pid)
    var newest = newest
    var hasLinks = false
    var known: Set<String> = []
    var looked = child.started
    var last: Double?
    while child.isRunning {
      let time = now()
      let link = bench_newest_link(newest)
      if link != newest {
        newest = link
        last = time
        hasLinks = true
      } else if !hasLinks, time > looked + 0.002 {
        let found = process.attachments()
        if !found.subtracting(known).isEmpty { last = time }
        known.formUnion(found)
        looked = time
      }
      if time > (last.map { $0 + settle } ?? (child.started + 60 * settle)) { return last }
      pause(0.0001)
    }
    return nil
  }

  /// Waits until it writes no more.
  func awaitQuiet() {
    var known = -1
    var since = now()
    while child.isRunning && now() - since < 0.4 {
      let size = size(of: output)
      if size != known {
        known = size
        since = now()
      }
      pause(0.05)
    }
  }

  /// What a tracer said before it ended.
  private static func reason(_ errors: String) -> String {
    let lines = (contents(errors) ?? "").split(separator: "\n")
    // Python says what it wanted before it says where it was.
    let told = lines.first { $0.contains("headers") } ?? lines.last
    return told.map(String.init) ?? "it did not attach"
  }
}
