import Foundation
import TestSupport
import Testing

extension Live {
  /// What each tool must do, whatever it traces. What its runner does for all of them is
  /// tested on ``ToolCase/models``.
  @Suite struct Tools {
    @Test(
      "its 23 events come in each format, the records are documented, and it gives up its rights",
      arguments: ToolCase.all)
    func formats(_ tool: ToolCase) throws {
      let scene = try ToolCase.Scene(tool)
      let runs = try ["json", "csv", "table"].map { format in
        try TracedRun(
          tool.name, ["--format", format, "--stats"] + tool.arguments(for: scene.workload))
      }
      for run in runs { try Self.expectFewRights(run, tool) }
      try scene.workload.run()
      let results = try zip(runs, [SIGINT, SIGTERM, SIGHUP]).map { try $0.stop($1) }
      for result in results {
        #expect(result.end == .exited(0), "\(result.errors)")
        #expect(result.leftInKernel == "")
        #expect(result.errors.contains("\(tool.name): seen "), "\(result.errors)")
      }
      #expect(tool.number(in: try results[0].rows()) == ToolCase.number)
      let summary = try results[0].summary()
      #expect(summary["lost"] == 0)
      #expect(Costs.keys.allSatisfy { summary.values.keys.contains($0) })
      Self.expectLittleMemory(summary, tool)
      #expect(
        try Schema(page: tool.name).expect(results[0].output) == [tool.record, "summary"])
      let records = try StrictCSV(Array(results[1].output)).records
      #expect(records.count > 1 && records.allSatisfy { $0.count == records[0].count })
      #expect(results[2].lines.count > 1 && !results[2].text.contains("\u{1b}"))
    }

    /// On a machine with 256 CPUs a tool takes at most 64 megabytes, half of which the ring
    /// buffer of a stream can have.
    private static func expectLittleMemory(_ summary: Row, _ tool: ToolCase) {
      // What these keep has a size of its own, which their options set.
      if ["memleak", "deadlock"].contains(tool.name) { return }
      let bytes = (summary["map_bytes"] ?? 0) + 256 * (summary["map_bytes_per_cpu"] ?? 0)
      #expect(bytes > 0 && bytes <= (tool.runner == "stream" ? 48 << 20 : 64 << 20), "\(bytes)")
    }

    /// The last thing before it traces.
    private static func expectFewRights(_ run: TracedRun, _ tool: ToolCase) throws {
      // CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE and CAP_CHECKPOINT_RESTORE to read symbols;
      // CAP_BPF where only that may read maps.
      let kept: UInt64 = tool.isStackTool ? 1 << 2 | 1 << 19 | 1 << 40 : 0
      try waitFor("\(tool.name) to give up its capabilities") {
        let sets = try Privilege.capabilities(of: run.process.pid)
        return ["CapEff", "CapPrm"].allSatisfy { (name: Substring) in
          let left = UInt64(sets[name] ?? "", radix: 16)
          return left == kept || left == kept | 1 << 39
        }
      }
    }

    @Test("it needs CAP_BPF and CAP_PERFMON only", arguments: ToolCase.all)
    func fewRights(_ tool: ToolCase) throws {
      if tool.needsRoot || tool.filtersAsRoot == true { return }
      #expect(try tool.count(environment: Privilege.tracing) == ToolCase.number)
    }

    @Test("an ordinary user gets status 77 and what is missing", arguments: ToolCase.all)
    func ordinaryUser(_ tool: ToolCase) throws {
      let process = try TracedRun.start(
        tool.name, ["--json"], environment: ["--uid", Privilege.user])
      #expect(try process.wait() == .exited(77))
      #expect(process.errors.text.contains("CAP_BPF and CAP_PERFMON"), "\(process.errors.text)")
      #expect(process.output.data.isEmpty)
    }

    @Test("it ends with the status of the command that it traces", arguments: ToolCase.all)
    func command(_ tool: ToolCase) throws {
      let result = try TracedRun(tool.name, ["--json", "--", "/bin/sh", "-c", "exit 23"]).finish()
      #expect(result.end == .exited(23), "\(result.errors)")
      #expect(try result.summary()["lost"] == 0)
      #expect(result.leftInKernel == "")
    }

    @Test("without tracefs it takes a plan that needs none", arguments: ToolCase.all)
    func noTracefs(_ tool: ToolCase) throws {
      #expect(try tool.count(environment: Restrictions.withoutTracefs) == ToolCase.number)
    }

    @Test(
      "without the kernel's BTF it takes a plan that reads no types, or asks for them",
      arguments: ToolCase.all)
    func noTypes(_ tool: ToolCase) throws {
      let environment = ["--hide", Restrictions.types]
      guard let refusal = try Restrictions.refusal(tool.name, environment: environment) else {
        #expect(try tool.count(environment: environment) == ToolCase.number)
        return
      }
      #expect(refusal.status == .exited(69))
      #expect(refusal.words.contains("the kernel has no BTF"), "\(refusal.words)")
      #expect(refusal.words.contains("--btf"), "\(refusal.words)")
    }
  }
}
