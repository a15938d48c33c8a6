import Foundation
import Testing
import TraceKit

extension Live {
  /// deadlock finds the cycles in the orders of locks, and none where there is none.
  @Suite struct LockOrders {
    static let plans = Plan.offered("deadlock")

    private typealias Found = (rows: [Row], locks: [String], result: RunResult)

    /// Runs a workload that acquires locks.
    private func trace(
      _ plan: Plan, _ kind: String, _ options: [String] = [], program: String? = nil
    ) throws -> Found {
      let workload = try Workload(["orders", "23", kind], program: program)
      let run = try plan.run(
        (options.contains("--pid") ? [] : ["--pid", "\(workload.pid)"]) + options)
      try workload.run()
      let result = try run.stop()
      #expect(result.leftInKernel == "")
      let summary = try result.summary()
      let (shown, filtered): (Int, Int) = (summary["shown"] ?? 0, summary["filtered"] ?? 0)
      let full: Int = summary["map_full"] ?? 0
      #expect(summary["seen"] == shown + filtered + full && summary["lost"] == 0 as Int?)
      let locks = workload.announcement.split(separator: " ").map { "0x\($0)" }
      return (try result.rows(), locks, result)
    }

    /// Where both locks of an order were asked for.
    private func expectStacks(_ row: Row) {
      let stacks = (row.texts("stack"), row.texts("held_stack"), row.texts("creator_stack"))
      #expect(stacks.0.contains("second_in_here") && !stacks.0.contains("first_in_here"))
      #expect(stacks.1.contains("first_in_here") && !stacks.1.contains("second_in_here"))
      #expect(stacks.0.contains("work_on") && stacks.1.contains("work_on"), "\(stacks)")
      #expect(stacks.2.contains("create_in_here"), "\(stacks.2)")
    }

    @Test(
      "opposite orders are one cycle of two, with the stacks of both", arguments: plans,
      ["inversion", "timed", "tried"])
    func inversion(_ plan: Plan, _ kind: String) throws {
      let (rows, locks, result) = try trace(plan, kind)
      #expect(result.end == .exited(1))
      #expect(rows.count == 2)
      // The order that closes it comes first.
      let pairs: [[String]] = rows.map { [$0["held"] ?? "", $0["lock"] ?? ""] }
      #expect(pairs == [[locks[1], locks[0]], [locks[0], locks[1]]])
      for (place, row) in rows.enumerated() {
        #expect(row["place"] == place && row["length"] == 2 && row["cycle"] == 1)
        #expect(row["comm"] == "orderly" && row["creator_comm"] == "workload")
        #expect(row["creator_tid"] == row["pid"] as Int? && row["tid"] != row["pid"] as Int?)
        #expect(row["held_name"] == ["other", "one"][place])
        #expect(row["lock_name"] == ["one", "other"][place])
        #expect(row.bool("shared") == false && row.bool("held_shared") == false)
        expectStacks(row)
      }
      #expect(Set(rows.map { $0["tid"] ?? 0 } as [Int]).count == 2)
    }

    @Test("a ring of 23 locks is one cycle of 23", arguments: plans)
    func ring(_ plan: Plan) throws {
      let rows = try trace(plan, "ring").rows
      #expect(rows.count == 23)
      let (held, wanted): ([String], [String]) = (
        rows.map { $0["held"] ?? "" }, rows.map { $0["lock"] ?? "" }
      )
      #expect(Set(held).count == 23 && wanted == Array(held.dropFirst()) + [held[0]])
      for row in rows { expectStacks(row) }
    }

    @Test(
      "no cycle is found where threads cannot block each other", arguments: plans,
      ["ordered", "recursive", "checked", "renewed", "tries", "failed", "readers"])
    func none(_ plan: Plan, _ kind: String) throws {
      let (rows, _, result) = try trace(plan, kind)
      #expect(rows.isEmpty && result.end == .exited(0), "\(rows)")
    }

    @Test("stacks lead through code without frame pointers", arguments: plans)
    func withoutFramePointers(_ plan: Plan) throws {
      let scratch = try Scratch()
      // Without copies of functions that have names of their own.
      let compiler = ["gcc", "-fomit-frame-pointer", "-fno-ipa-sra"]
      guard let program = try WholeStacks.built(compiler, from: "orders.c", in: scratch) else {
        return
      }
      let rows = try trace(plan, "inversion", program: program).rows
      #expect(rows.count == 2)
      for row in rows {
        expectStacks(row)
        for stack in [row.texts("stack"), row.texts("held_stack")] {
          #expect(stack.first?.hasSuffix("pthread_mutex_lock") == true, "\(stack)")
          #expect(stack.contains("start_thread"), "\(stack)")
          #expect(stack.last?.hasPrefix("[") == false, "\(stack)")
        }
        #expect(row.texts("creator_stack").last == "_start", "\(row.texts("creator_stack"))")
      }
    }

    @Test("a writer and a reader block each other", arguments: plans)
    func writers(_ plan: Plan) throws {
      let rows = try trace(plan, "writers").rows
      #expect(rows.count == 2)
      #expect(rows.allSatisfy { $0.bool("shared") == true && $0.bool("held_shared") == false })
    }

    @Test("functions of a program's own are locks on request", arguments: plans)
    func symbols(_ plan: Plan) throws {
      let own = ["--lock-symbols", "custom_lock", "--unlock-symbols", "custom_unlock"]
      let rows = try trace(plan, "custom", own).rows
      #expect(rows.count == 2)
      rows.forEach(expectStacks)
      #expect(try trace(plan, "inversion", own).rows.isEmpty)
      #expect(try trace(plan, "custom").rows.isEmpty)
    }

    @Test("filters show the orders of theirs", arguments: plans)
    func filters(_ plan: Plan) throws {
      #expect(try trace(plan, "inversion", ["--comm", "orderly"]).rows.count == 2)
      #expect(try trace(plan, "inversion", ["--comm", "workload"]).rows.isEmpty)
      #expect(try trace(plan, "inversion", ["--pid", "1"]).rows.isEmpty)
    }

    @Test("the process can be an argument", arguments: plans)
    func argument(_ plan: Plan) throws {
      let workload = try Workload("orders", "2", "inversion")
      let process = try Subprocess([
        Executable.path("deadlock"), "-v", "--json", "\(workload.pid)",
      ])
      try TracedRun.awaitAttachmentOrEnd(of: process, "deadlock")
      try workload.run()
      #expect(try process.wait() == .exited(1))
      #expect(process.output.text.contains("\"length\":2"))
    }

    @Test("--all goes on after the first cycle", arguments: plans)
    func all(_ plan: Plan) throws {
      let (rows, _, result) = try trace(plan, "inversion", ["--all"])
      #expect(rows.count == 2 && result.end == .exited(0))
    }

    @Test("what finds no room is counted", arguments: plans)
    func room(_ plan: Plan) throws {
      let (rows, _, result) = try trace(plan, "ring", ["-e", "7"])
      #expect(rows.isEmpty)
      #expect(try result.summary()["map_full"] == 16)
      #expect(result.errors.contains("map full"))
    }

    @Test("the report has the cycle, and the stacks of each order", arguments: plans)
    func report(_ plan: Plan) throws {
      let workload = try Workload("orders", "2", "inversion")
      let run = try TracedRun("deadlock", ["--pid", "\(workload.pid)"], plan: plan.hooks)
      try workload.run()
      let result = try run.finish()
      #expect(result.end == .exited(1))
      let text = result.text
      let locks = workload.announcement.split(separator: " ").map {
        "0x" + String(repeating: "0", count: 16 - $0.count) + $0
      }
      let names = ["Mutex M0 (other \(locks[1]))", "Mutex M1 (one \(locks[0]))"]
      #expect(
        text.hasPrefix(
          """
          ----------------
          Potential Deadlock Detected!

          Cycle in lock order graph: \(names[0]) => \(names[1]) => \(names[0])

          \(names[1]) acquired here while holding \(names[0]) in Thread
          """), "\(text)")
      #expect(text.contains("\(names[0]) previously acquired by the same Thread "))
      let created = text.split(separator: "\n").filter {
        $0.contains(" created by Thread \(workload.pid) (workload) here:")
      }
      #expect(created.count == 2)
    }

    @Test("--dump-graph writes the locks and their orders", arguments: plans)
    func graph(_ plan: Plan) throws {
      let scratch = try Scratch()
      let path = scratch.path + "/graph.json"
      let (_, locks, _) = try trace(plan, "ordered", ["--dump-graph", path])
      let data = try Data(contentsOf: URL(filePath: path))
      let graph = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      let nodes = try #require(graph["nodes"] as? [[String: Any]])
      let links = try #require(graph["links"] as? [[String: Any]])
      let numbers = nodes.map { "0x" + String(($0["id"] as? Int) ?? 0, radix: 16) }
      #expect(numbers == locks && links.count == 1)
      #expect(links.first?["source"] as? Int == 0 && links.first?["target"] as? Int == 1)
      #expect(links.first?["thread_comm"] as? String == "orderly")
    }
  }
}
