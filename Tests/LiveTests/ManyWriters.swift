import Foundation
import Testing
import TraceKit

extension Live {
  /// Events of several CPUs come by ring buffers of their own, and are joined.
  @Suite(.alone) struct ManyWriters {
    /// Emulated processors are many and slow.
    private static let cpus = Array(Sampling.onlineCPUs.prefix(16))

    /// A writer on each CPU, all at once.
    private static func writers(_ number: Int) throws -> [Workload] {
      try cpus.map {
        try Workload("opens", "--cpu", "\($0)", "\(number)", "openat", "/etc/passwd", "0", "0")
      }
    }

    private static func pids(_ writers: [Workload]) -> String {
      writers.map { "\($0.pid)" }.joined(separator: ",")
    }

    @Test("opens on all CPUs at once are shown once, in the order of their times")
    func order() throws {
      let number = Patience.isEmulated ? 1009 : 20_011
      let writers = try Self.writers(number)
      let run = try TracedRun(
        "opensnoop", ["--json", "--columns", "time,pid,fd", "-p", Self.pids(writers)])
      for writer in writers { writer.go() }
      for writer in writers { _ = try writer.finish() }
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      let summary = try result.summary(), rows = try result.rows()
      #expect(summary["seen"] == number * writers.count && summary["lost"] == 0)
      #expect(summary["shown"] == rows.count && rows.count == number * writers.count)
      for writer in writers { #expect(rows.count { $0["pid"] == writer.pid } == number) }
      let times = rows.compactMap { $0["time"] as String? }
      #expect(times.count == rows.count)
      let backward = zip(times, times.dropFirst()).count { $1 < $0 }
      #expect(backward == 0)
    }

    @Test("what does not fit is lost and counted, whichever CPU it is of")
    func loss() throws {
      let number = Patience.isEmulated ? 10_007 : 50_021
      let writers = try Self.writers(number)
      let place = try Place(.slowPipe)
      let run = try TracedRun(
        "opensnoop", ["--json", "--buffer-size", "512K", "-p", Self.pids(writers)],
        output: place.sink)
      for writer in writers { writer.go() }
      for writer in writers { _ = try writer.finish() }
      var result = try run.stop()
      result.output = try place.contents()
      let summary = try result.summary()
      let (shown, lost) = (try #require(summary["shown"] as Int?), summary["lost"] ?? -1)
      #expect(summary["seen"] == number * writers.count - (summary["missed"] ?? 0))
      #expect(lost > 0 && summary["seen"] == shown + lost)
      #expect(try result.rows().count == shown)
    }
  }
}
