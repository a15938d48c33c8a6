import Foundation
import Testing
import TraceKit

extension Live {
  /// virtiostat counts the buffers of a disk that only the test uses, which the virtual
  /// machines of the tests have.
  @Suite(
    .enabled(
      if: ProcessInfo.processInfo.environment["KERNEL_TEST_DISK"] != nil,
      "this is no virtual machine of the tests"))
  struct VirtioQueues {
    static let plans = Plan.offered("virtiostat")
    static let disk = ProcessInfo.processInfo.environment["KERNEL_TEST_DISK"] ?? ""

    /// Runs a workload over the disk. `@pid` stands for its process.
    private func rows(
      _ plan: Plan, _ options: [String], _ work: String = "read", number: Int = 23, blocks: Int = 1
    ) throws -> [Row] {
      let workload = try Workload("blocks", "\(number)", work, Self.disk, "\(blocks)")
      let result = try plan.trace(
        workload, options + ["--columns", "+buffers", "600"], naming: ["@pid": "\(workload.pid)"])
      let summary = try result.summary()
      #expect(summary["seen"] == summary["shown"] as Int?)
      return try result.rows()
    }

    private func sum(_ rows: [Row], _ key: String) -> Int {
      rows.reduce(0) { $0 + ($1[key] ?? 0) }
    }

    @Test("23 reads have a header out, and data and a status in", .alone, arguments: plans)
    func reads(_ plan: Plan) throws {
      for blocks in [1, 16] {
        let rows = try rows(plan, ["-d", "virtio_blk", "--pid", "@pid"], blocks: blocks)
        #expect(rows.count == 1)
        let row = try #require(rows.first)
        #expect(row["driver"] == "virtio_blk" && (row["device"] ?? "").hasPrefix("virtio"))
        #expect((row["queue"] ?? "").hasPrefix("req"))
        #expect(row["buffers"] == 23 && row["out_lists"] == 23 && row["in_lists"] == 46)
        // struct virtio_blk_outhdr, and a status of one byte.
        #expect(row["out_bytes"] == 23 * 16)
        #expect(row["in_bytes"] == 23 * (4096 * blocks + 1))
      }
    }

    @Test("23 writes have a header and data out, and a status in", .alone, arguments: plans)
    func writes(_ plan: Plan) throws {
      let rows = try rows(plan, ["-d", "virtio_blk", "--pid", "@pid"], "write")
      #expect(sum(rows, "out_lists") == 46 && sum(rows, "in_lists") == 23)
      #expect(sum(rows, "out_bytes") == 23 * (4096 + 16) && sum(rows, "in_bytes") == 23)
    }

    @Test("filters show the queues of theirs", .alone, arguments: plans)
    func filters(_ plan: Plan) throws {
      let device: String = try #require(
        try rows(plan, ["-d", "virtio_blk", "--pid", "@pid"]).first?["device"])
      let cases: [([String], Bool)] = [
        (["-n", device], true), (["-n", device + "0"], false), (["-d", "virtio_blk"], true),
        (["-d", "virtio_net"], false), (["-n", device, "--comm", "workload"], true),
        (["-n", device, "--pid", "1"], false),
      ]
      for (options, isShown) in cases {
        #expect(sum(try rows(plan, options), "buffers") == (isShown ? 23 : 0), "\(options)")
      }
    }

    @Test("no interval loses a buffer", .alone, arguments: plans)
    func intervals(_ plan: Plan) throws {
      let workload = try Workload("blocks", "211", "read", Self.disk)
      let run = try plan.run(["--pid", "\(workload.pid)", "-d", "virtio_blk", "0.1"])
      try workload.run()
      #expect(sum(try run.stop().rows(), "out_lists") == 211)
    }

    @Test("the table has the columns of bcc in 80, and the time with -T", .alone, arguments: plans)
    func table(_ plan: Plan) throws {
      let workload = try Workload("blocks", "23", "read", Self.disk)
      let run = try TracedRun(
        "virtiostat", ["-T", "-d", "virtio_blk", "--pid", "\(workload.pid)", "600"],
        plan: plan.hooks)
      try workload.run()
      let lines = try run.stop().lines
      #expect(lines[0].hasPrefix("["))
      #expect(
        lines[1].split(separator: " ").joined(separator: " ")
          == "Driver Device VQ Name In SGs Out SGs In BW Out BW")
      #expect(lines.count == 3 && lines.allSatisfy { $0.utf8.count <= 80 })
    }
  }

  /// Where no function can be traced, virtiostat says so.
  @Suite(.enabled(if: KernelFeatures.fentry != .yes, "this kernel traces functions"))
  struct VirtioRefusals {
    @Test("one sentence and status 69")
    func refusal() throws {
      let process = try TracedRun.startOrEnd("virtiostat", [])
      #expect(try process.wait() == .exited(69))
      #expect(process.errors.text.split(separator: "\n").count == 1, "\(process.errors.text)")
    }
  }
}
