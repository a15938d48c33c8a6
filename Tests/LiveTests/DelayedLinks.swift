import Foundation
import Testing

extension Live {
  /// A link that delays packets, where the kernel can make one.
  @Suite(
    .enabled(
      if: ProcessInfo.processInfo.environment["KERNEL_TEST"] != nil
        && FileManager.default.fileExists(atPath: "/sys/module/sch_netem"),
      "the kernel has no netem"))
  struct DelayedLinks {
    @Test(
      "tcprtt shows the delay of both ways, as the kernel has it",
      arguments: Plan.offered("tcprtt"))
    func roundTrips(_ plan: Plan) throws {
      let workload = try Workload("rtts", "23", "4")
      let known = workload.announcement.split(separator: " ").map(String.init)
      try #require(known.count == 4)
      let network = try workload.network()
      defer { try? network.close() }
      let delaying = try Subprocess([
        "/usr/bin/nsenter", "--net=/proc/\(workload.pid)/ns/net", "tc", "qdisc", "add", "dev", "lo",
        "root", "netem", "delay", "20ms",
      ])
      try #require(try delaying.wait() == .exited(0), "\(delaying.errors.text)")
      let run = try plan.run(["-p", known[1], "--netns", known[3]])
      let ends = try workload.run()
      let rows = try run.stop().rows()
      let time = try #require(ends.last?.last)
      let row = try #require(rows.first)
      // The average begins with the handshake, which nothing delayed, and only grows.
      #expect(rows.count == 1 && row["max"] == time && time > 30_000, "\(row.values) \(ends)")
    }
  }
}
