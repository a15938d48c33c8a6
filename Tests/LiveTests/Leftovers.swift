import Foundation
import Testing
import TraceKit

extension Live {
  /// Nothing of a tool outlives it.
  @Suite struct Leftovers {
    @Test("a tool that is killed leaves no program, map or link", arguments: Plan.all)
    func killed(_ plan: Plan) throws {
      guard plan.obstacle == nil else { return }
      let before = Self.probes()
      let run = try plan.run()
      #expect(run.objects.contains("prog") && run.objects.contains("map"))
      let result = try run.stop(SIGKILL)
      #expect(result.end == .killed(SIGKILL))
      #expect(result.leftInKernel == "")
      #expect(Self.probes() == before)
    }

    @Test("a tool that ends leaves no program, map or link", arguments: Plan.all)
    func ended(_ plan: Plan) throws {
      guard plan.obstacle == nil else { return }
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

    @Test("this process has no more descriptors after runs than before", arguments: Plan.tools)
    func descriptors(_ tool: String) throws {
      let before = try Self.count()
      for signal in [SIGINT, SIGKILL] { _ = try TracedRun(tool).stop(signal) }
      #expect(try Self.count() == before)
    }

    private static func count() throws -> Int {
      try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    }
  }
}
