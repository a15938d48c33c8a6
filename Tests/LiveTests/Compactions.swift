import Foundation
import Testing
import TraceKit

extension Live {
  /// compactsnoop shows each zone that is compacted by hand.
  @Suite struct Compactions {
    static let plans = Plan.offered("compactsnoop")

    /// A zone that has memory, as /proc says, with its watermarks.
    struct Zone {
      var node: Int
      var name: String
      var numbers: [Substring: Int] = [:]
    }

    static func zones() -> [Zone] {
      var zones: [Zone] = []
      for line in (File.contents(of: "/proc/zoneinfo") ?? "").split(separator: "\n") {
        let words = line.split { $0 == " " || $0 == "," }
        if words.first == "Node", words.count == 4 {
          zones.append(Zone(node: Int(words[1]) ?? -1, name: String(words[3])))
        } else if words.count == 2, let number = Int(words[1]), !zones.isEmpty {
          zones[zones.count - 1].numbers[words[0], default: number] = number
        }
      }
      return zones.filter { $0.numbers["present"] ?? 0 > 0 }
    }

    /// Has memory compacted so many times. In an option `@` stands for the workload's process.
    private func trace(
      _ plan: Plan, _ options: [String] = ["-p", "@"], number: Int = 3
    ) throws -> (rows: [Row], pid: Int) {
      let workload = try Workload("compacts", "\(number)")
      let result = try plan.trace(workload, options, naming: ["@": "\(workload.pid)"])
      let rows = try result.rows(), summary = try result.summary()
      #expect(summary["seen"] == rows.count && summary["lost"] == 0 && summary["map_full"] == 0)
      return (rows, workload.pid)
    }

    @Test("each write compacts each zone that has memory once", arguments: plans)
    func each(_ plan: Plan) throws {
      let zones = Self.zones()
      let (rows, pid) = try trace(plan, number: 23)
      #expect(!zones.isEmpty && rows.count == 23 * zones.count)
      for (turn, row) in rows.enumerated() {
        let zone = zones[turn % zones.count]
        #expect(row["zone"] == zone.name && row["node"] == zone.node, "\(row)")
        #expect(row["pid"] == pid && row["comm"] == "workload" && row["uid"] == 0)
        #expect(row["order"] == -1 && row["mode"] == "sync")
        #expect(row.number("latency_ms") > 0)
      }
      // A zone is looked at to its end, unless something else needs its lock.
      let results = Set(rows.compactMap { $0["result"] as String? })
      #expect(results.contains("complete"), "\(results)")
      #expect(results.isSubset(of: ["complete", "partial_skipped", "contended"]), "\(results)")
    }

    @Test("-e has the watermarks that /proc has", arguments: plans)
    func watermarks(_ plan: Plan) throws {
      let rows = try trace(plan, ["-e", "-p", "@"], number: 1).rows
      let zones = Self.zones()
      #expect(rows.count == zones.count)
      for (row, zone) in zip(rows, zones) {
        for name in ["min", "low", "high"] {
          #expect(row[name + "_pages"] == zone.numbers[Substring(name)], "\(row) \(zone)")
        }
        let free: Int = row["free_pages"] ?? 0
        #expect((1...(zone.numbers["present"] ?? 0)).contains(free), "\(row)")
        // No block is wanted, so there is none to miss.
        #expect(row.values["fragmentation_index"] is NSNull)
      }
    }

    @Test("-K has the kernel stack", arguments: plans)
    func stacks(_ plan: Plan) throws {
      let rows = try trace(plan, ["-K", "-p", "@"], number: 1).rows
      #expect(!rows.isEmpty)
      for row in rows {
        let frames = row.values["kernel_stack"] as? [String] ?? []
        #expect(frames.contains { $0.hasPrefix("sysctl_compaction_handler") }, "\(frames)")
      }
    }

    @Test("filters let the task pass that compacts and no others", arguments: plans)
    func filters(_ plan: Plan) throws {
      let zones = Self.zones().count
      for (options, number) in [
        (["--tid", "@"], zones), (["-p", "@", "--comm", "workload"], zones), (["-p", "1"], 0),
        (["-p", "@", "--comm", "loadwork"], 0), (["-p", "@", "--uid", "65534"], 0),
      ] {
        #expect(try trace(plan, options, number: 1).rows.count == number, "\(options)")
      }
    }

    @Test("the table has the columns of bcc")
    func table() throws {
      let first = ["COMM", "PID", "NODE", "ZONE", "ORDER", "MODE"], last = ["LAT(ms)", "STATUS"]
      let zone = ["FRAGIDX", "MIN", "LOW", "HIGH", "FREE"]
      for (options, expected) in [
        ([], first + last), (["-e"], first + zone + last), (["-T"], ["TIME(s)"] + first + last),
      ] {
        let workload = try Workload("compacts", "1")
        let run = try TracedRun("compactsnoop", ["-p", "\(workload.pid)"] + options)
        try workload.run()
        let lines = try run.stop().lines
        #expect(lines.first?.split(separator: " ").map(String.init) == expected)
        #expect(lines.count == 1 + Self.zones().count)
        #expect(lines.dropFirst().allSatisfy { $0.contains(" ZONE_") && $0.contains(" SYNC ") })
        #expect(!options.isEmpty || lines.allSatisfy { $0.utf8.count <= 80 })
      }
    }
  }
}
