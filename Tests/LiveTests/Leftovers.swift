import Foundation
import Testing
import TraceKit

extension Live {
  /// Nothing of a tool outlives it.
  @Suite(.alone) struct Leftovers {
    /// One plan of each kind.
    private static let plans: [Plan] = {
      var kinds: Set<Substring> = []
      return Plan.all.filter { plan in
        plan.obstacle == nil && kinds.insert(plan.hooks.prefix { $0 != ":" }).inserted
      }
    }()

    @Test("a tool that is killed leaves no program, map or link", arguments: plans)
    func killed(_ plan: Plan) throws {
      let before = Self.probes()
      let run = try plan.run()
      #expect(run.objects.contains("prog") && run.objects.contains("map"))
      let result = try run.stop(SIGKILL)
      #expect(result.end == .killed(SIGKILL))
      #expect(result.leftInKernel == "")
      #expect(Self.probes() == before)
    }

    @Test("a tool that ends leaves no program, map or link", arguments: plans)
    func ended(_ plan: Plan) throws {
      let before = Self.probes()
      let result = try plan.run().stop()
      #expect(result.end == .exited(0))
      #expect(result.leftInKernel == "")
      #expect(Self.probes() == before)
    }

    /// What tracefs would still list of a tool: probes by name, tracepoints turned
    /// on, instances. Nothing where it is not mounted.
    private static func probes() -> [String?] {
      guard let tracefs = KernelFeatures.tracefs else { return [] }
      let instances = try? FileManager.default.contentsOfDirectory(atPath: tracefs + "/instances")
      return ["kprobe_events", "uprobe_events", "set_event"].map { file in
        try? String(contentsOfFile: tracefs + "/" + file, encoding: .utf8)
      } + [instances?.sorted().joined(separator: " ")]
    }

    @Test("this process has no more descriptors after runs than before", arguments: ToolCase.models)
    func descriptors(_ tool: ToolCase) throws {
      let before = try Self.count()
      for signal in [SIGINT, SIGKILL] { _ = try TracedRun(tool.name).stop(signal) }
      #expect(try Self.count() == before)
    }

    private static func count() throws -> Int {
      try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    }
  }
}
