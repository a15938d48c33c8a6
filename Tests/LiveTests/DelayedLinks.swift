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
      // What is counted is the average before each packet; with the last one it changes once more,
      // and by how much an emulated machine is late.
      #expect(rows.count == 1 && time > 30_000, "\(row.values) \(ends)")
      #expect(row["max"] ?? 0 >= time / 2 && row["max"] ?? .max <= time * 2, "\(row.values)")
      #expect(row["count"] == 23 && row.count(from: 32768) == 23, "\(row.values)")
    }
  }
}
