import Foundation
import Testing
import TraceKit

extension Live {
  /// What doctor says is what happens.
  @Suite struct Diagnoses {
    /// A host and a user, as options of `workload env`.
    enum Environment: String, CaseIterable {
      case root
      case ordinary
      case tracing
      case reading
      case rootWithoutTracefs
      case tracingWithoutTracefs

      private static let user = ["--uid", "65534"]

      var options: [String] {
        switch self {
        case .root: []
        case .ordinary: Self.user
        case .tracing: Self.user + ["--tracing"]
        case .reading: Self.user + ["--tracing", "--reading"]
        case .rootWithoutTracefs: ["--no-tracefs"]
        case .tracingWithoutTracefs: ["--no-tracefs"] + Self.user + ["--tracing"]
        }
      }

      var mayTrace: Bool { self != .ordinary }
      var readsTracefs: Bool { self == .root || self == .reading }
    }

    /// Runs doctor to its end.
    private func ask(
      _ environment: [String], _ arguments: [String] = ["--json"]
    ) throws -> RunResult {
      let launcher =
        environment.isEmpty ? [] : [Executable.path("workload"), "env"] + environment + ["--"]
      let process = try Subprocess(launcher + [Executable.path("doctor")] + arguments)
      // It tries each tool, some of which attach dozens of probes.
      let end = try process.wait(seconds: 5 * Patience.seconds)
      return RunResult(
        end: end, output: process.output.data, errors: process.errors.text, leftInKernel: "")
    }

    /// Whether a tool must be told a place of the kernel or of a program.
    private static func namesPlaces(_ tool: String) -> Bool {
      ToolCase.of(tool).needs?.contains { $0.hasPrefix("c:") } == true
    }

    /// Starts a tool and stops it once it is attached.
    ///
    /// - Parameter expected: the kind that it is to take. A function to time, which
    ///   doctor names none of, is of the kernel or of a library.
    /// - Returns: the kind that it took, how it ended, and what it said.
    private func start(
      _ tool: String, hooks: String?, expected: String?, _ environment: [String]
    ) throws -> (kind: String?, end: Subprocess.End, errors: String) {
      let function: [String] =
        switch expected {
        case _ where !Self.namesPlaces(tool): []
        case "uprobe": ["c:getppid"]
        case "tracepoint": ["t:sched:sched_process_exit"]
        default: ["vfs_read"]
        }
      // Some are told it by an option.
      let option = ToolCase.of(tool).needs?.first { $0.hasPrefix("-") }
      let told = function.isEmpty ? [] : (option.map { [$0] } ?? []) + function
      let process = try TracedRun.startOrEnd(
        tool, ["--json"] + told, plan: hooks, environment: environment)
      let prefix = "\(tool): attached by "
      process.signal(SIGINT)
      let end = try process.wait()
      let line = process.errors.text.split(separator: "\n").first { $0.hasPrefix(prefix) }
      let kind = line.map { String($0.dropFirst(prefix.count).prefix { $0 != ":" }) }
      return (kind, end, process.errors.text)
    }

    @Test("its verdicts are what happens", arguments: Environment.allCases)
    func verdicts(_ environment: Environment) throws {
      let report = try ask(environment.options)
      #expect(report.errors == "")
      let records = try report.records()
      let tools = records.filter { $0["type"] == "tool" }
      #expect(tools.compactMap { $0["tool"] } == ToolCase.known.map(\.name))
      for tool in tools {
        let name: String = try #require(tool["tool"])
        // What an environment keeps away, it keeps away from all hooks of a kind.
        let taken: String? = tool["hooks"]
        let plans = records.filter { $0["type"] == "plan" && $0["tool"] == name }
        let first = plans.first { $0.values["works"] as? Bool == true }
        #expect(first?["hooks"] as String? == taken)
        guard Self.toolsOfAllKinds.contains(name) else { continue }
        let run = try start(name, hooks: nil, expected: taken, environment.options)
        #expect(run.kind == taken.map { String($0.prefix { $0 != ":" }) }, "\(name)")
        #expect((tool.values["runs"] as? Bool) == (run.end == .exited(0)), "\(name): \(run)")
        for plan in plans { try judge(plan, of: name, environment) }
      }
      let allRun = tools.allSatisfy { $0.values["runs"] as? Bool == true }
      #expect(report.end == .exited(allRun ? 0 : 1))
      let everywhere = tools.filter { tool in
        ToolCase.all.contains { $0.name == tool["tool"] && $0.needsHardware != true }
      }
      let withoutProbes = everywhere.filter { !isProbe($0) }
      #expect(
        withoutProbes.allSatisfy { $0.values["runs"] as? Bool == true } == environment.mayTrace)
      if environment == .root {
        #expect(everywhere.allSatisfy { $0.values["runs"] as? Bool == true })
      }
    }

    /// The first tool with each kind of hook.
    private static let toolsOfAllKinds: Set<String> = {
      var kinds: Set<Substring> = []
      return Set(
        Plan.all.filter { kinds.insert($0.hooks.prefix { $0 != ":" }).inserted }.map(\.tool))
    }()

    /// Whether it needs a probe in user space, for which the kernel asks for
    /// CAP_SYS_ADMIN.
    private func isProbe(_ tool: Row) -> Bool {
      Plan.rootTools.contains(tool["tool"] ?? "")
    }

    /// Compares a verdict with a start of the tool by that plan.
    private func judge(_ plan: Row, of tool: String, _ environment: Environment) throws {
      let hooks: String = try #require(plan["hooks"])
      let run = try start(tool, hooks: hooks, expected: hooks, environment.options)
      let words = Comment(rawValue: "\(tool) \(hooks): \(plan.values), but \(run)")
      if plan.values["works"] as? Bool == true {
        #expect(run.end == .exited(0), words)
        #expect(!plan.texts("programs").isEmpty, words)
        #expect(plan.values["reason"] is NSNull, words)
        let attached = plan.texts("programs").joined(separator: ", ")
        #expect(run.errors.contains(attached), words)
        return
      }
      #expect(run.end == .exited(environment.mayTrace ? 69 : 77), words)
      let reason: String = try #require(plan["reason"])
      let cure: String? = plan["cure"]
      #expect(run.errors.contains(reason), words)
      if let cure { #expect(run.errors.contains(cure), words) }
      if !environment.mayTrace {
        #expect(cure?.contains("CAP_BPF and CAP_PERFMON") == true, words)
      } else if hooks.hasPrefix("tracepoint"), !environment.readsTracefs {
        let command: String? = plan["command"]
        let isMounted = environment == .tracing
        #expect(reason.contains("tracefs is not \(isMounted ? "readable" : "mounted")"), words)
        #expect(
          command == (isMounted ? nil : "mount -t tracefs tracefs /sys/kernel/tracing"), words)
      }
    }

    @Test("it knows all plans that the tools have")
    func plans() throws {
      let records = try ask([]).records().filter { $0["type"] == "plan" }
      for plan in Plan.all
      where plan.options.isEmpty && ToolCase.of(plan.tool).needsHardware != true {
        let same = records.filter { record in
          let hooks: String = record["hooks"] ?? ""
          return record["tool"] == plan.tool
            && (hooks == plan.hooks || hooks.hasPrefix(plan.hooks + ":"))
        }
        #expect(!same.isEmpty, "\(plan.testDescription)")
        let works = same.contains { $0.values["works"] as? Bool == true }
        #expect(works == (plan.obstacle == nil), "\(plan.testDescription)")
      }
    }

    @Test("the host's facts are those of this host")
    func facts() throws {
      let release = try String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8)
      for environment in Environment.allCases {
        let records = try ask(environment.options, ["--json", "runqlat"]).records()
        func value(_ fact: String) -> String? {
          records.first { $0["type"] == "host" && $0["fact"] == fact }?["value"]
        }
        #expect(value("kernel") == release.trimmingCharacters(in: .newlines))
        #expect(value("btf") == "yes")
        #expect(value("tracefs") == (environment.readsTracefs ? "/sys/kernel/tracing" : "no"))
        switch environment {
        case .root, .rootWithoutTracefs: #expect(value("capabilities") == "BPF PERFMON SYS_ADMIN")
        case .ordinary: #expect(value("capabilities") == "none")
        default: #expect(value("capabilities") == "BPF PERFMON")
        }
        if environment.mayTrace {
          #expect(value("fentry") == (KernelFeatures.fentry == .yes ? "yes" : "no"))
        }
      }
    }

    /// Before 5.11 a map counts as locked memory.
    @Test("a limit of locked memory restricts where the kernel counts it, and is told")
    func lockedMemory() throws {
      let environment = ["--uid", "65534", "--tracing", "--memlock", "65536"]
      let report = try ask(environment)
      let records = try report.records()
      let fact = try #require(records.first { $0["fact"] == "locked_memory" })
      let counts = KernelFeatures.countsLockedMemory == true
      #expect(fact["value"] == (counts ? "65536" : "not counted"))
      let allRun = !records.contains { $0.values["runs"] as? Bool == false }
      #expect(report.end == .exited(allRun ? 0 : 1))
      let models = ToolCase.models.map(\.name)
      for tool in records where tool["type"] == "tool" && !isProbe(tool) {
        let name: String = try #require(tool["tool"])
        guard models.contains(name) else { continue }
        let run = try start(name, hooks: nil, expected: tool["hooks"], environment)
        let fails = run.end != .exited(0)
        #expect(fails == counts, "\(name): \(run)")
        #expect(tool.values["runs"] as? Bool == !fails, "\(name): \(run)")
        #expect(tool["command"] == (fails ? "ulimit -l unlimited" : nil), "\(tool.values)")
      }
    }

    @Test("a check runs no command and leaves nothing in the kernel", arguments: ToolCase.models)
    func check(_ model: ToolCase) throws {
      let tool = model.name, scratch = try Scratch()
      let file = scratch.path + "/made"
      let process = try Subprocess(
        [Executable.path(tool), "--check", "--json", "--", "/usr/bin/touch", file])
      #expect(try process.wait() == .exited(0))
      #expect(process.errors.text == "")
      #expect(!FileManager.default.fileExists(atPath: file))
      let lines = process.output.text.split(separator: "\n")
      #expect(!lines.isEmpty && lines.allSatisfy { $0.hasPrefix(#"{"type":"plan","#) })
    }
  }
}
