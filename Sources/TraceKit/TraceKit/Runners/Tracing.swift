import CLinux
import Glibc
import Wire

/// A tool's programs at work: attached, with the command that is traced and the
/// programs that follow its descendants, where those were asked for.
final class Tracing {
  let session: Session
  private let command: Command?
  private let tool: String
  private let isVerbose: Bool

  /// Starts the command, which waits, then loads and attaches. Where the plans
  /// are only to be checked, it prints the verdicts and throws the exit status.
  ///
  /// - Parameters:
  ///   - commandLine: the command to trace.
  ///   - makePlans: asked once the filter is known to be right.
  ///   - configuration: without its common part, which is filled in here.
  ///   - common: fills in the rest of the common part.
  ///   - recorder: keeps the events in the kernel, for programs that are to be pinned.
  ///   - configure: sets sizes of maps before the object is loaded.
  ///   - configureCompanion: the same for a companion, and shares maps of the first object.
  ///   - fill: fills maps before anything is attached.
  init<Letters, Configuration: TraceConfiguration>(
    tool: String, commandLine: [String]?, run: RunOptions<Letters>, filter: FilterOptions<Letters>,
    image: ObjectImage, recorder: RecorderLayout? = nil,
    plans makePlans: @autoclosure () throws -> [HookPlan],
    configuration makeConfiguration: @autoclosure () throws -> Configuration,
    companions makeCompanions: @autoclosure () throws -> [CompanionObject<Configuration>] = [],
    configure: (inout OpenObject) throws(BPFError) -> Void,
    configureCompanion: (inout OpenObject, LoadedObject) throws(BPFError) -> Void = { _, _ in },
    fill: (LoadedObject) throws(BPFError) -> Void = { _ in }
  ) throws {
    self.tool = tool
    isVerbose = run.verbose > 0
    try filter.checkNamespace(command: commandLine)
    let plans = try makePlans()
    try Inquiry.answer(
      .hooks, plans.indices.map { HookChoice(naming: $0, of: plans).description })
    // A run without columns has nothing to describe.
    try Inquiry.answer(.description, [])
    let pinned = try filter.pinnedMaps()
    var configuration = try makeConfiguration()
    let companionObjects = try makeCompanions()
    if let kind = run.hooks?.kind, !plans.contains(where: { $0.kind == kind }) {
      let kinds = Set(plans.map(\.kind.rawValue)).sorted().joined(separator: ", ")
      throw ToolError(
        .usage, "--hooks: \(tool) has no plan by \(kind.rawValue), only by \(kinds)")
    }
    let command = run.check ? nil : try commandLine.map(Command.init)
    self.command = command
    let wire = try filter.wire(command: command?.pid)
    configuration.trace.filter = wire
    configuration.trace.pid_namespace = filter.shownPIDNamespace
    let processes = filter.processes(command: command?.pid)
    let follows = filter.follows(command: command?.pid)
    var options = Session.Options(
      hooks: run.hooks, typesFile: run.btf, measuresTime: run.stats)
    options.canBePinned = recorder != nil
    let readsTypes =
      configuration.trace.identity != 0 || configuration.trace.pid_namespace != 0
      || wire.pid_namespace != 0 || wire.pinned_maps != 0
      || wire.cgroup_id != 0 && !KernelFeatures.tellsAncestors
    let typedPlans = readsTypes ? plans.map { $0.readingTypes() } : plans
    var followers: Session?
    var companions: [Session] = []
    func setUp(_ object: inout OpenObject, _: HookPlan) throws(BPFError) {
      try object.setVariable("config", to: configuration)
      try pinned.setUp(&object)
      try object.setRings(1)
      try RecorderLayout.setUp(recorder, &object)
      if follows || processes.count > 1 {
        let greatest = follows ? Processes.greatestPID : processes.max() ?? 0
        try object.setMaxEntries(of: "filter_pids", to: FlagTable.entries(for: Int(greatest)))
      } else {
        try object.leaveOut(map: "filter_pids")
      }
      try configure(&object)
    }
    func prepare(_ object: LoadedObject) throws(BPFError) {
      companions = []
      for companion in companionObjects {
        companions.append(
          try companion.start(
            image, beside: object, configuration.trace, pinned, options, readsTypes: readsTypes,
            configure: { (object: inout OpenObject, first: LoadedObject) throws(BPFError) in
              try RecorderLayout.setUp(recorder, &object, beside: first)
              try configureCompanion(&object, first)
            }))
      }
      if !run.check { try fill(object) }
      guard follows || processes.count > 1 else { return }
      let table = try FlagTable("filter_pids", in: object)
      for pid in processes { table.set(Int(pid)) }
      guard follows else { return }
      followers = try Self.follow(object, options, in: wire.pid_namespace)
      // Those that are there already; later ones are seen at their fork.
      for pid in Processes.descendants(of: Set(processes)) { table.set(Int(pid)) }
    }
    if run.check {
      let verdicts = try PlanVerdicts(
        tool: tool,
        Session.check(
          image, plans: typedPlans, options: options, configure: setUp, prepare: prepare))
      try verdicts.print(as: run.outputFormat, to: run.openOutput())
      throw ExitCode(verdicts.status.rawValue)
    }
    session = try Session.start(
      image, plans: typedPlans, options: options, configure: setUp, prepare: prepare)
    if let followers { session.companions.append(followers) }
    session.companions += companions
  }

  private static func follow(
    _ object: LoadedObject, _ options: Session.Options, in namespace: UInt32
  ) throws(BPFError) -> Session {
    let kinds = [HookKind.typedTracepoint, .rawTracepoint]
    let plans = kinds.map { kind in
      HookPlan(kind, ["\(kind.rawValue)_follow_child"])
    }
    do {
      return try Session.start(
        ObjectImage(follow_image()), plans: plans,
        options: .init(typesFile: options.typesFile),
        configure: { (followers: inout OpenObject, _: HookPlan) throws(BPFError) in
          try followers.setVariable("pid_namespace", to: namespace)
          try followers.share(map: "filter_pids", of: object)
          try followers.share(map: "ledger", of: object)
        })
    } catch {
      throw BPFError(.attach, "follow", explanation: error.description)
    }
  }

  /// Becomes readable when the command has ended; nil without a command.
  var ended: Int32? { command?.ended }

  /// With `--verbose`, says what was attached and what was passed over.
  func reportHooks() {
    if isVerbose {
      for rejection in session.rejections {
        tell("\(tool): not by \(rejection.kind.rawValue): \(rejection.reason)")
      }
      let kind = session.plan.kind.rawValue
      tell("\(tool): attached by \(kind): \(session.programs.joined(separator: ", "))")
    }
    if let caveat = session.plan.caveat { tell("\(tool): \(caveat)") }
  }

  /// With `--verbose`, says what was attached and what was passed over. Then gives
  /// up all capabilities that are not needed any more, and lets the command go,
  /// which keeps those of its user.
  ///
  /// The first signal from now on waits for the run loop, which ends the run with its
  /// result.
  ///
  /// - Parameter kept: capabilities that the run still needs.
  func begin(keeping kept: Capabilities = []) throws {
    Signals.hold()
    reportHooks()
    releaseKernelTypes()
    if let map = session.object.anyMapDescriptor {
      let error = linux_drop_capabilities(map, kept.rawValue)
      guard error == 0 else {
        throw ToolError(
          .failure, "cannot drop capabilities: \(ErrorNumber(rawValue: error))")
      }
    }
    // Its thread has no more capabilities than this one.
    _ = Signals.descriptor
    try command?.letGo()
  }

  /// The status of the tool after a run: the command's, where there is one.
  func status(after ledger: Ledger, failOnLoss: Bool) -> Int32 {
    if failOnLoss, ledger.hasLoss { return ExitStatus.failure.rawValue }
    return command?.status() ?? ExitStatus.success.rawValue
  }
}
