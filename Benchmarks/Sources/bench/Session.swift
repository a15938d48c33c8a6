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
    child = try Child(tracer.command(processes), output: output, errors: errors)
    var last: Double?
    switch tracer.kind {
    case .programs, .events:
      last = Self.lastAttachment(of: child, settle: place.settle)
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
  private static func lastAttachment(of child: Child, settle: Double) -> Double? {
    let process = Process(pid: child.pid)
    var known: Set<String> = []
    var last: Double?
    while child.isRunning {
      let found = process.attachments()
      let time = now()
      if !found.subtracting(known).isEmpty { last = time }
      known.formUnion(found)
      // A watcher that never rests would take a CPU from a tracer that has threads.
      pause(0.0003)
      if time > (last.map { $0 + settle } ?? (child.started + 60 * settle)) { return last }
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
