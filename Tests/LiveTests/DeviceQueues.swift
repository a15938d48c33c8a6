import Foundation
import Testing

extension Live {
  /// netqtop counts the frames of a device in a network namespace of its own, by their size.
  @Suite struct DeviceQueues {
    static let plans = Plan.offered("netqtop")
    static let sizes = ["size_0", "size_64", "size_512", "size_2k", "size_16k", "size_64k"]

    private struct Scene {
      let rows: [Row]
      /// What the kernel counted as sent.
      let packets: Int
      let bytes: Int

      func sum(_ direction: String, _ key: String) -> Int {
        rows.filter { $0["direction"] == direction }.reduce(0) { $0 + ($1[key] ?? 0) }
      }

      func sizes(_ direction: String) -> [Int] { DeviceQueues.sizes.map { sum(direction, $0) } }
    }

    /// - Parameter options: `@pid` stands for the workload's process, `@netns` for the namespace.
    private func trace(
      _ plan: Plan, _ options: [String], _ frames: [Int], device: String = "q0"
    ) throws -> Scene {
      let workload = try Workload(["frames", device] + frames.map { "\($0)" })
      let named = options.map {
        $0 == "@pid" ? "\(workload.pid)" : $0 == "@netns" ? workload.announcement : $0
      }
      let network = try workload.network()
      let run = try plan.run(named)
      let counted = try #require(try workload.run().first)
      let result = try run.stop()
      try network.close()
      #expect(result.end == .exited(0), "\(result.errors)")
      let summary = try result.summary()
      #expect(summary["seen"] == summary["shown"] as Int? && summary["lost"] == 0)
      return Scene(rows: try result.rows(), packets: counted[0], bytes: counted[1])
    }

    @Test(
      "as many packets and bytes as the device counts, in the class of their size", arguments: plans
    )
    func exact(_ plan: Plan) throws {
      let frames = [23, 100, 17, 1000, 5, 60, 3, 63, 2, 64, 7, 511, 11, 512]
      let scene = try trace(plan, ["-n", "q0", "--pid-netns", "@pid"], frames)
      #expect(scene.packets == 68)
      #expect(scene.sum("tx", "packets") == 68 && scene.sum("tx", "bytes") == scene.bytes)
      #expect(scene.sum("tx", "segments") == 68)
      #expect(scene.sizes("tx") == [8, 32, 28, 0, 0, 0])
      #expect(scene.rows.allSatisfy { $0["queue"] ?? -1 >= 0 && $0["queue"] ?? 4 < 4 })
      #expect(scene.sum("rx", "packets") == 0)
      // The peer receives them, without the header of Ethernet.
      let peer = try trace(plan, ["-n", "q1", "--netns", "@netns"], frames)
      #expect(peer.sum("rx", "packets") == 68 && peer.sum("tx", "packets") == 0)
      #expect(peer.sum("rx", "bytes") == peer.bytes - 68 * 14)
      #expect(peer.sizes("rx") == [10, 41, 17, 0, 0, 0])
    }

    @Test("packets of 64 KB and more are counted", arguments: plans)
    func large(_ plan: Plan) throws {
      let scene = try trace(
        plan, ["-n", "lo", "--pid-netns", "@pid"],
        [23, 65_540, 5, 65_535, 3, 16_384, 2, 16_383, 1, 2048, 1, 2047], device: "lo")
      #expect(scene.sizes("tx") == [0, 0, 1, 3, 8, 23])
      #expect(scene.sum("tx", "bytes") == scene.bytes + 35 * 14)
      #expect(scene.sum("rx", "packets") == 35 && scene.sum("rx", "bytes") == scene.bytes)
    }

    @Test("a device of the same name in another namespace is another one", arguments: plans)
    func others(_ plan: Plan) throws {
      let frames = [23, 100]
      let own = try trace(plan, ["-n", "lo", "--netns", "@netns"], frames, device: "lo")
      #expect(own.sum("tx", "packets") == 23 && own.sum("rx", "packets") == 23)
      let other = try Workload("frames", "lo", "1", "100")
      let scene = try trace(
        plan, ["-n", "lo", "--netns", other.announcement], frames, device: "lo")
      #expect(scene.sum("tx", "packets") == 0 && scene.sum("rx", "packets") == 0)
      try other.run()
      for device in ["l", "lo0"] {
        let scene = try trace(
          plan, ["-n", device, "--netns", "@netns"], frames, device: "lo")
        #expect(scene.rows.isEmpty)
      }
    }

    @Test("no interval loses a packet, and the rates are of its length")
    func intervals() throws {
      let plan = try #require(Self.plans.first)
      let scene = try trace(
        plan, ["-n", "lo", "--pid-netns", "@pid", "-i", "0.02"], [10_007, 100], device: "lo")
      #expect(scene.sum("tx", "packets") == 10_007 && scene.sum("rx", "packets") == 10_007)
      for row in scene.rows where row["packets"] ?? 0 > 0 {
        #expect(row.number("avg_size") == (row["direction"] == "tx" ? 100 : 86))
        let ratio = row.number("bytes_per_second") / row.number("packets_per_second")
        #expect(abs(ratio - row.number("avg_size")) < 1)
      }
    }

    @Test("the table has the columns of bcc, a total, and the idle queues")
    func table() throws {
      let header = [
        "QueueID", "avg_size", "[0,", "64)", "[64,", "512)", "[512,", "2K)", "[2K,", "16K)",
        "[16K,",
        "64K)",
      ]
      for (options, more) in [([], []), (["-t"], ["BPS", "PPS"])] {
        let workload = try Workload("frames", "lo", "23", "100", "17", "1000")
        let network = try workload.network()
        let run = try TracedRun(
          "netqtop", options + ["-n", "lo", "--pid-netns", "\(workload.pid)", "-i", "60"])
        try workload.run()
        let lines = try run.stop().lines.map { $0.split(separator: " ").map(String.init) }
        try network.close()
        #expect(lines.count == 9, "\(lines)")
        guard lines.count == 9 else { return }
        #expect(lines[1] == ["TX"] && lines[5] == ["RX"])
        #expect(lines[2] == header + more + ["[64K,", ")"] && lines[6] == lines[2])
        #expect(lines[3].prefix(7) == ["0", "482.5", "0", "23", "17", "0", "0"])
        #expect(lines[4].prefix(7) == ["Total", "482.5", "0", "23", "17", "0", "0"])
        #expect(lines[7].prefix(7) == ["0", "468.5", "0", "23", "17", "0", "0"])
      }
      // Nothing can come to a queue before the first table.
      let run = try TracedRun("netqtop", ["-n", "lo", "-i", "60"])
      let lines = try run.stop().lines.map { $0.split(separator: " ").map(String.init) }
      #expect(lines.count == 9 && lines[3].first == "0" && lines[7].first == "0")
    }
  }
}
