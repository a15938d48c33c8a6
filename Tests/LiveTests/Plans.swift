import Foundation
import Synchronization
import Testing
import TraceKit

/// The ways in which a tool can hook into the kernel, and which this one offers.
struct Plan: CustomTestStringConvertible {
  let tool: String
  /// What `--hooks` is given.
  let hooks: String
  /// Options that have plans of their own.
  var options: [String] = []

  var testDescription: String { ([tool] + options + [hooks]).joined(separator: " ") }

  static let all = ToolCase.known.flatMap { tool in
    tool.plans.flatMap { plans in
      plans.hooks.map { Plan(tool: tool.name, hooks: $0, options: plans.options) }
    }
  }

  /// Those that are run here: all, or the part that a turn of the kernels gives this one
  /// (Tests/Kernels/turn), such as 1/2, or those of some tools, such as klockstat,tcpdrop.
  static let ofThisKernel: [Plan] = {
    let text = ProcessInfo.processInfo.environment["KERNEL_TEST_PLANS"] ?? ""
    let tools = Set(text.split(separator: ",").map(String.init))
    let ofTools = all.filter { tools.contains($0.tool) }
    guard ofTools.isEmpty else { return ofTools }
    let numbers = text.split(separator: "/").compactMap { Int($0) }
    guard numbers.count == 2, numbers[1] > 0 else { return all }
    return all.enumerated().filter { $0.offset % numbers[1] == numbers[0] - 1 }.map(\.element)
  }()

  /// The plans of a tool that work here. Which do not is told, with the reason,
  /// and judged by the test of the plans.
  static func offered(_ tool: String, _ options: String...) -> [Plan] {
    all.filter { $0.tool == tool && $0.options == options && $0.obstacle == nil }
  }

  /// Those that an ordinary user cannot have attach: the kernel asks for CAP_SYS_ADMIN for
  /// a probe in user space, and Debian's with kernel.perf_event_paranoid=3 for all events.
  static let rootTools: [String] = {
    let paranoid = try? String(
      contentsOfFile: "/proc/sys/kernel/perf_event_paranoid", encoding: .utf8)
    let noEvents = paranoid?.hasPrefix("3") == true
    return ToolCase.all.filter { tool in
      let hooks = tool.plans.flatMap(\.hooks)
      return tool.root == true || noEvents && hooks.allSatisfy { $0.hasPrefix("perf_event") }
    }.map(\.name)
  }()

  var attachesByType: Bool { hooks.hasPrefix("fentry") || hooks.hasPrefix("tp_btf") }

  /// Why it does not work here; nil where it does.
  var obstacle: String? {
    let verdicts = Verdicts.of(tool, options).filter { record in
      record.hooks == hooks || record.hooks.hasPrefix(hooks + ":")
    }
    if verdicts.contains(where: { $0.reason == nil }) { return nil }
    return verdicts.last?.reason ?? "it is not in the list"
  }

  /// What `--check` says of each plan; the test of the plans holds it against what happens.
  private enum Verdicts {
    typealias Verdict = (hooks: String, reason: String?)

    private static let known = Mutex<[[String]: [Verdict]]>([:])

    static func of(_ tool: String, _ options: [String]) -> [Verdict] {
      let key = [tool] + options
      return known.withLock { known in
        if let verdicts = known[key] { return verdicts }
        let verdicts = (try? ask(tool, options)) ?? []
        known[key] = verdicts
        return verdicts
      }
    }

    private static func ask(_ tool: String, _ options: [String]) throws -> [Verdict] {
      let process = try Subprocess(
        [Executable.path(tool), "--check", "--json"] + options
          + TracedRun.needed(tool, options))
      try process.wait()
      let result = RunResult(
        end: .exited(0), output: process.output.data, errors: "", leftInKernel: "")
      return try result.records().map { ($0["hooks"] ?? "", $0["reason"]) }
    }
  }

  /// Runs the tool by this plan, with a workload, to a fine end.
  ///
  /// - Parameter names: what stands for the workload in an argument, such as `@` for its
  ///   process, in the order in which it is replaced.
  func trace(
    _ workload: Workload, _ arguments: [String], naming names: KeyValuePairs<String, String>
  ) throws -> RunResult {
    try follow(workload, [arguments], names).results[0]
  }

  /// Runs the tool as often as there are lists of arguments, all at a time with one workload.
  ///
  /// - Parameter names: as in ``trace(_:_:naming:)``.
  func traceEach(
    _ workload: Workload, _ lists: [[String]], naming names: KeyValuePairs<String, String>
  ) throws -> [RunResult] {
    try follow(workload, lists, names).results
  }

  /// Traces a workload by a tool that shows each event: all that it saw is there, and nothing
  /// is lost.
  ///
  /// - Parameter names: as in ``trace(_:_:naming:)``; `@` is its process in any case.
  /// - Returns: the rows, and what the workload printed.
  func rows(
    of workload: Workload, _ arguments: [String], naming names: KeyValuePairs<String, String> = [:]
  ) throws -> (rows: [Row], outcomes: [[Int]]) {
    let (rows, outcomes) = try rowsOfEach(workload, [arguments], naming: names)
    return (rows[0], outcomes)
  }

  /// The same for each of several lists of arguments, all at a time with one workload.
  func rowsOfEach(
    _ workload: Workload, _ lists: [[String]], naming names: KeyValuePairs<String, String> = [:]
  ) throws -> (rows: [[Row]], outcomes: [[Int]]) {
    let (results, outcomes) = try follow(
      workload, lists, Array(names) + [(key: "@", value: "\(workload.pid)")])
    let rows = try results.map { result in
      let rows = try result.rows(), summary = try result.summary()
      #expect(summary["seen"] == rows.count && summary["lost"] == 0)
      return rows
    }
    return (rows, outcomes)
  }

  private func follow(
    _ workload: Workload, _ lists: [[String]], _ names: some Sequence<(key: String, value: String)>
  ) throws -> (results: [RunResult], outcomes: [[Int]]) {
    // Or its number is that of another one before the tool has ended.
    let network = try workload.network()
    defer { try? network.close() }
    let runs = try lists.map { arguments in
      try run(
        arguments.map { argument in
          names.reduce(argument) { $0.replacingOccurrences(of: $1.key, with: $1.value) }
        })
    }
    let outcomes = try workload.run()
    let results = try runs.map { run in
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      return result
    }
    return (results, outcomes)
  }

  /// Starts the tool by this plan.
  func run(
    _ arguments: [String] = [], environment: [String] = [], output: Subprocess.Sink = .memory
  ) throws -> TracedRun {
    try TracedRun(
      tool, ["--json"] + options + arguments, plan: hooks, environment: environment,
      output: output)
  }
}

extension Live {
  /// Each plan of each tool, with its true number.
  @Suite struct Plans {
    @Test(
      "every plan shows the 23 events of its workload, or says what the kernel lacks",
      arguments: Plan.ofThisKernel)
    func plan(_ plan: Plan) throws {
      let tool = ToolCase.of(plan.tool)
      let plans = try #require(tool.plans.first { $0.options == plan.options })
      do {
        let number = try count(plan, plans), expected = tool.worksHere ? ToolCase.number : 0
        say(plan, number == expected ? "passed" : "failed")
        #expect(number == expected)
        // To check takes an emulated machine long.
        #expect(Patience.isEmulated || plan.obstacle == nil)
      } catch let refusal as NotAttached {
        // Without a server at hand --check cannot know what its probes need.
        let isForeseen = plans.absence.map { refusal.errors.contains($0) } ?? false
        let obstacle = try #require(isForeseen ? plans.absence : plan.obstacle)
        say(plan, "absent\t\(obstacle)")
        #expect(refusal.end == .exited(69))
        let lines = refusal.errors.split(separator: "\n")
        #expect(lines.count == 1 && lines[0].contains("this kernel does not offer"), "\(lines)")
        expectAbsent(plan, plans, obstacle)
      }
    }

    private func say(_ plan: Plan, _ verdict: String) {
      print(
        "PLAN\t\(([plan.tool] + plan.options).joined(separator: " "))\t\(plan.hooks)\t\(verdict)")
    }

    /// What cannot work here, or has no events, is attached only.
    private func count(_ plan: Plan, _ plans: ToolCase.Plans) throws -> Int {
      let tool = ToolCase.of(plan.tool)
      guard !tool.worksHere else { return try tool.count(plan: plan.hooks, of: plans) }
      let result = try plan.run().stop()
      #expect(result.end == .exited(0))
      #expect(result.leftInKernel == "")
      return 0
    }

    /// What is not there must be missing in the kernel.
    private func expectAbsent(_ plan: Plan, _ plans: ToolCase.Plans, _ obstacle: String) {
      if let absence = plans.absence, obstacle.contains(absence) { return }
      // A function that the compiler has inlined everywhere has no address.
      if let target = obstacle.firstMatch(of: /\((?:fentry|fexit|kprobe)\/(\w+)\)/)?.1,
        !KernelSymbols.has(String(target))
      {
        return
      }
      let words = Comment(rawValue: "the kernel has it, and yet: \(obstacle)")
      switch plan.hooks.prefix(while: { $0 != ":" }) {
      case "fentry": #expect(KernelFeatures.fentry != .yes, words)
      case "kprobe": #expect(KernelFeatures.kprobes != .yes, words)
      case "uprobe": #expect(KernelFeatures.uprobes != .yes, words)
      case "tp_btf" where plans.tracepoint != nil, "raw_tp" where plans.tracepoint != nil:
        #expect(!KernelSymbols.has("__traceiter_\(plans.tracepoint!)"), words)
      case "tracepoint":
        // bpf_task_pt_regs came with 5.15.
        #expect(
          KernelFeatures.tracefs == nil || !KernelSymbols.has("bpf_task_pt_regs"), words)
      case "tcx": #expect(!KernelSymbols.has("tcx_link_attach"), words)
      default: Issue.record("every kernel offers this plan, and yet: \(obstacle)")
      }
    }

    @Test("each tool has a plan that works here", arguments: ToolCase.all)
    func everyToolWorks(_ tool: ToolCase) throws {
      let run: TracedRun
      do {
        run = try TracedRun(tool.name)
      } catch let refusal as NotAttached {
        // Where no plan of it can work, which the test of the plans looks at.
        let absences = tool.plans.map { $0.absence ?? "\u{0}" }
        #expect(absences.contains { refusal.errors.contains($0) }, "\(refusal.errors)")
        print("PLAN\t\(tool.name)\tdefault\tabsent")
        return
      }
      let kind = try #require(run.attachment)
      print("PLAN\t\(tool.name)\tdefault=\(kind)\tpassed")
      let result = try run.stop()
      #expect(result.end == .exited(0))
      #expect(result.leftInKernel == "")
    }
  }
}

/// The kernel's own functions, by name.
enum KernelSymbols {
  private static let names: Set<Substring> = {
    // Foundation takes a read of less than it asked for as the end, and proc often gives less.
    let text = File.contents(of: "/proc/kallsyms") ?? ""
    return Set(
      text.split(separator: "\n").compactMap { $0.split(separator: " ").dropFirst(2).first })
  }()

  static func has(_ name: String) -> Bool { names.contains(Substring(name)) }
}
