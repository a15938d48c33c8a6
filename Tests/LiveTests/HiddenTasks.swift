import Foundation
import Synchronization
import Testing

/// A sandbox's kernel may run no program while a process of the sandbox itself is the
/// current task: seen on a hardened 6.18, where the process with number 1 is hidden so. An
/// interrupt that hits it, or a switch away from it, is then shown to no tool and mostly not
/// counted as missed; of 21 segments sent again from such interrupts, ftrace showed all
/// and no BPF program one.
enum HiddenTasks {
  /// Whether a process was on a CPU again and again, and no program saw it leave one.
  static let areHere: Bool = {
    guard !Patience.isEmulated, !Plan.offered("offcputime").isEmpty else { return false }
    // Of all tasks, so without an option; what switched before it was attached says nothing.
    guard let run = try? TracedRun("offcputime", ["--json"]) else { return false }
    let before = switches()
    usleep(3_000_000)
    let after = switches()
    guard let rows = try? run.stop().rows() else { return false }
    let seen = Set(rows.compactMap { $0["pid"] as Int? })
    return after.contains { pid, count in
      count - (before[pid] ?? count) >= 5 && !seen.contains(pid)
    }
  }()

  /// How often each process has left a CPU, by all its threads.
  private static func switches() -> [Int: Int] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return Dictionary(
      uniqueKeysWithValues: all.compactMap { Int($0) }.map { pid in
        let folder = "/proc/\(pid)/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let counts = threads.flatMap { thread in
          let file = FileManager.default.contents(atPath: "\(folder)/\(thread)/status") ?? Data()
          return String(decoding: file, as: UTF8.self).split(separator: "\n")
            .filter { $0.contains("ctxt_switches") }
            .compactMap { $0.split(separator: "\t").last.flatMap { Int($0) } }
        }
        return (pid, counts.reduce(0, +))
      })
  }
}

/// Where tasks are hidden, a test that failed runs again, twice at most, and few in a run:
/// what always fails, or often, fails here too, and all kernels of virtual machines are
/// strict.
enum RepeatedWhereTasksAreHidden {
  private static let left = Mutex(8)

  static func run(_ function: @Sendable () async throws -> Void) async throws {
    for _ in 0..<2
    where !Patience.isEmulated && left.withLock({ $0 > 0 }) && HiddenTasks.areHere {
      let failed = Mutex(false)
      try await withKnownIssue("runs again, since tasks are hidden", isIntermittent: true) {
        try await function()
      } matching: { _ in
        failed.withLock { $0 = true }
        return true
      }
      guard failed.withLock({ $0 }) else { return }
      left.withLock { $0 -= 1 }
    }
    try await function()
  }
}
