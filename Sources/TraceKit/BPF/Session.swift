/// A loaded object with its programs attached. It owns both: when it is released,
/// nothing is left in the kernel.
public final class Session {
  /// What a caller may ask of any session.
  public struct Options: Sendable {
    /// Use only this kind; nil: the first plan that works.
    public var hooks: HookChoice?
    /// A BTF file in place of the kernel's own.
    public var typesFile: String?
    /// Have the kernel measure the time of programs, where that is permitted.
    public var measuresTime: Bool
    /// Use only what goes on without this process once it is pinned.
    public var canBePinned = false

    public init(
      hooks: HookChoice? = nil, typesFile: String? = nil, measuresTime: Bool = false
    ) {
      self.hooks = hooks
      self.typesFile = typesFile
      self.measuresTime = measuresTime
    }
  }

  public let object: LoadedObject
  public let plan: HookPlan
  /// The plans that were rejected, and why.
  public let rejections: [HookPlanError.Rejection]
  /// Sessions whose programs work for this one.
  public var companions: [Session] = []
  private let links: Links
  /// The names of all programs, which can be asked for what the kernel counted
  /// after they were detached too.
  private let counted: Set<String>
  private let timer: ProgramTimer?

  private init(
    object: LoadedObject, plan: HookPlan, rejections: [HookPlanError.Rejection], links: Links,
    timer: ProgramTimer?
  ) {
    self.object = object
    self.plan = plan
    self.rejections = rejections
    self.links = links
    self.timer = timer
    counted = Set(links.all.map(\.program)).union(plan.later?.programs ?? [])
    plan.later?.begin(object)
  }

  deinit { plan.later?.end() }

  /// Carries out the first plan that works here.
  ///
  /// - Parameters:
  ///   - image: the object that has the programs of all plans.
  ///   - plans: in the order of preference.
  ///   - options: restrict the plans, and name a file of kernel types.
  ///   - configure: sets variables and sizes before the object is loaded.
  ///   - prepare: fills maps before anything is attached.
  /// - Throws: ``HookPlanError`` with the reason for each plan where none works.
  public static func start(
    _ image: ObjectImage, plans: [HookPlan], options: Options = Options(),
    configure: (inout OpenObject, HookPlan) throws(BPFError) -> Void = { _, _ in },
    prepare: (LoadedObject) throws(BPFError) -> Void = { _ in }
  ) throws(HookPlanError) -> Session {
    var rejections: [HookPlanError.Rejection] = []
    let timer = options.measuresTime ? ProgramTimer() : nil
    for plan in try select(from: plans, by: options.hooks).map({ plans[$0] }) {
      if let obstacle = plan.knownObstacle(typesFile: options.typesFile) {
        rejections.append(.init(kind: plan.kind, obstacle: obstacle, error: nil))
        continue
      }
      do {
        let (object, links) = try carryOut(
          plan, image, options, configure: configure, prepare: prepare)
        if options.canBePinned { try checkPinning(plan, links) }
        return Session(
          object: object, plan: KernelCasts.areRefused ? plan.readingByHelpers : plan,
          rejections: rejections, links: links, timer: timer)
      } catch {
        rejections.append(.init(kind: plan.kind, obstacle: Obstacle(error), error: error))
      }
    }
    throw HookPlanError(rejections: rejections)
  }

  /// The places of the plans that a choice leaves.
  private static func select(
    from plans: [HookPlan], by choice: HookChoice?
  ) throws(HookPlanError) -> [Int] {
    guard let choice else { return Array(plans.indices) }
    let selected = choice.select(from: plans)
    guard selected.isEmpty else { return selected }
    let known = plans.map(\.kind.rawValue).joined(separator: ", ")
    let obstacle = Obstacle("there is no such plan, only \(known)")
    throw HookPlanError(rejections: [.init(kind: choice.kind, obstacle: obstacle, error: nil)])
  }

  /// Tries all plans one after the other, each to the end: loads, attaches and
  /// detaches.
  ///
  /// The parameters are those of ``start(_:plans:options:configure:prepare:)``.
  ///
  /// - Throws: ``HookPlanError`` where the options leave no plan.
  public static func check(
    _ image: ObjectImage, plans: [HookPlan], options: Options = Options(),
    configure: (inout OpenObject, HookPlan) throws(BPFError) -> Void = { _, _ in },
    prepare: (LoadedObject) throws(BPFError) -> Void = { _ in }
  ) throws(HookPlanError) -> [PlanVerdict] {
    var verdicts: [PlanVerdict] = []
    for index in try select(from: plans, by: options.hooks) {
      let plan = plans[index]
      var verdict = PlanVerdict(hooks: HookChoice(naming: index, of: plans))
      verdict.obstacle = plan.knownObstacle(typesFile: options.typesFile)
      if verdict.obstacle == nil {
        do {
          let (_, links) = try carryOut(
            plan, image, options, isTrial: true, configure: configure, prepare: prepare)
          verdict.programs = links.hooks
        } catch {
          verdict.obstacle = Obstacle(error)
        }
      }
      verdicts.append(verdict)
    }
    return verdicts
  }

  /// Once more without casts, where a kernel may refuse only these.
  private static func carryOut(
    _ plan: HookPlan, _ image: ObjectImage, _ options: Options, isTrial: Bool = false,
    configure: (inout OpenObject, HookPlan) throws(BPFError) -> Void,
    prepare: (LoadedObject) throws(BPFError) -> Void
  ) throws(BPFError) -> (LoadedObject, Links) {
    do {
      return try carryOutOnce(
        plan, image, options, isTrial: isTrial, configure: configure, prepare: prepare)
    } catch {
      guard KernelCasts.mayBeRefused(error) else { throw error }
      KernelCasts.areRefused = true
      do {
        return try carryOutOnce(
          plan, image, options, isTrial: isTrial, configure: configure, prepare: prepare)
      } catch {
        KernelCasts.areRefused = false
        throw error
      }
    }
  }

  private static func carryOutOnce(
    _ plan: HookPlan, _ image: ObjectImage, _ options: Options, isTrial: Bool,
    configure: (inout OpenObject, HookPlan) throws(BPFError) -> Void,
    prepare: (LoadedObject) throws(BPFError) -> Void
  ) throws(BPFError) -> (LoadedObject, Links) {
    let types: OpenObject.KernelTypes =
      if !plan.readsTypes {
        .none
      } else if let file = options.typesFile {
        .file(file)
      } else {
        .running
      }
    var open = try OpenObject(image, types: types)
    var programs: [String] = []
    for names in plan.programs { programs.append(try open.choose(from: names)) }
    var optional: [String] = []
    for name in plan.optionalPrograms where try open.hasTarget(name) { optional.append(name) }
    try open.keepOnly(
      programs: (programs + optional).map { String($0.prefix { $0 != "@" }) }
        + Set(plan.probes.map(\.program)).union(plan.later?.programs ?? []))
    for probe in plan.probes {
      guard case .typed(let function) = probe.place else { continue }
      try open.setTarget(of: probe.program, to: function)
    }
    for program in plan.programsForManyPlaces { try open.attachToManyPlaces(program) }
    try configure(&open, plan)
    let object = try open.load()
    try prepare(object)
    let links = Links()
    for program in programs where !(isTrial && links.spare(program)) {
      if let sampling = plan.samplings[program] ?? plan.sampling {
        links.add(try object.attach(program, sampling: sampling))
      } else {
        links.add([try object.attach(program)])
      }
    }
    links.add(try attach(plan.probes, of: object))
    for program in optional where !(isTrial && links.spare(program)) {
      do {
        links.add([try object.attach(program)])
      } catch  where error.errno == .noSuchEntry {
        continue
      }
    }
    return (object, links)
  }

  /// - Throws: ``BPFError`` where one cannot be attached that must be, or none.
  private static func attach(
    _ probes: [Probe], of object: LoadedObject
  ) throws(BPFError) -> [Link] {
    var links: [Link] = []
    var failure: BPFError?
    for probe in probes {
      do {
        links += try object.attach(partsOf: probe)
      } catch {
        guard probe.mayFail, error.errno != .tooManyFiles else { throw error }
        failure = failure ?? error
      }
    }
    if links.isEmpty, let failure { throw failure }
    return links
  }

  private static func checkPinning(_ plan: HookPlan, _ links: Links) throws(BPFError) {
    func error(_ program: String, _ explanation: String) -> BPFError {
      BPFError(.pin, program, explanation: explanation)
    }
    if let program = plan.later?.programs.min() {
      throw error(program, "the tool attaches more while it runs")
    }
    guard let link = links.all.first(where: { !$0.canBePinned }) else { return }
    throw error(link.program, "this kernel has no links for hooks of this kind")
  }

  /// Has the programs stay attached when this session ends, by what else holds their links.
  public func leaveAttached() {
    links.leaveAttached()
    for companion in companions { companion.leaveAttached() }
  }

  var attachedLinks: [Link] { links.all }

  /// The programs that are attached and their descriptors, each once.
  func attachedPrograms() throws(BPFError) -> [(name: String, descriptor: Int32)] {
    var programs: [(name: String, descriptor: Int32)] = []
    for name in Set(links.all.map(\.program)).sorted() {
      programs.append((name, try object.descriptor(ofProgram: name)))
    }
    return programs
  }

  /// The programs that are attached, those of the companions too.
  public var programs: [String] { links.hooks + companions.flatMap(\.programs) }

  /// Detaches all programs. What they left in the maps can still be read.
  public func detach() {
    links.detach()
    plan.later?.end()
    for companion in companions { companion.detach() }
  }

  /// What the maps take, those of the companions too.
  public func mapMemory() -> MapMemory {
    var sum = MapMemory()
    var known: Set<UInt32> = []
    addMapMemory(to: &sum, known: &known)
    return sum
  }

  private func addMapMemory(to sum: inout MapMemory, known: inout Set<UInt32>) {
    object.addMapMemory(to: &sum, known: &known)
    for companion in companions { companion.addMapMemory(to: &sum, known: &known) }
  }

  /// Whether the kernel measures the time of the programs.
  public var measuresTime: Bool { timer != nil }

  /// What the kernel counted of all programs since the start.
  public func statistics() -> ProgramStatistics {
    var sum = ProgramStatistics()
    for program in counted {
      if let statistics = try? object.statistics(of: program) { sum += statistics }
    }
    sum.probeMisses += links.misses
    for companion in companions { sum += companion.statistics() }
    return sum
  }
}
