/// A kind of hook, by the name that its section in a BPF object has.
public enum HookKind: String, CaseIterable, Sendable {
  /// A tracepoint whose arguments carry their kernel types. Stable, cheap, and
  /// needs no tracefs.
  case typedTracepoint = "tp_btf"
  /// The start and the end of a kernel function, by its types.
  case fentry
  /// A tracepoint as tracefs describes it. The kernel skips its program while
  /// another one is active on the CPU.
  case tracepoint
  /// A tracepoint without types.
  case rawTracepoint = "raw_tp"
  /// An instruction of a kernel function.
  case kprobe
  /// A sample of what a CPU does, taken again and again.
  case sample = "perf_event"
  /// An instruction of a program or a library.
  case uprobe
  /// A packet that a socket sends or receives, whatever control group it is of.
  case socketPacket = "cgroup_skb"
  /// A packet that a network device sends or receives, beside the programs of tc.
  case tcx
  /// A packet that a network device receives, before the kernel does anything with it.
  case xdp
}

/// Which of a tool's plans may be used.
public struct HookChoice: Sendable {
  public let kind: HookKind
  /// Of the plans of that kind only this one, counted from 1.
  public let position: Int?

  public init(_ kind: HookKind, position: Int? = nil) {
    self.kind = kind
    self.position = position
  }

  /// As a user writes it: `tp_btf`, or `tp_btf:2`.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard let kind = parts.first.flatMap({ HookKind(rawValue: String($0)) }) else { return nil }
    self.init(kind, position: parts.count > 1 ? Int(parts[1]) : nil)
    guard parts.count == 1 || parts.count == 2 && position ?? 0 > 0 else { return nil }
  }

  /// The choice that leaves one plan alone.
  public init(naming index: Int, of plans: [HookPlan]) {
    kind = plans[index].kind
    let same = HookChoice(kind).select(from: plans)
    position = same.count > 1 ? same.firstIndex(of: index).map { $0 + 1 } : nil
  }

  /// The places of the plans that it leaves, in their order.
  func select(from plans: [HookPlan]) -> [Int] {
    let same = plans.indices.filter { plans[$0].kind == kind }
    guard let position else { return same }
    return same.count >= position ? [same[position - 1]] : []
  }
}

extension HookChoice: CustomStringConvertible {
  /// As a user writes it.
  public var description: String {
    position.map { "\(kind.rawValue):\($0)" } ?? kind.rawValue
  }
}

/// The result of trying one plan.
public struct PlanVerdict: Sendable {
  public let hooks: HookChoice
  /// What was attached; nothing where the plan does not work.
  public var programs: [String]
  /// Why the plan does not work; nil where it does.
  public var obstacle: Obstacle?

  public init(hooks: HookChoice, programs: [String] = [], obstacle: Obstacle? = nil) {
    self.hooks = hooks
    self.programs = programs
    self.obstacle = obstacle
  }
}

/// Adds hooks to a plan while it is carried out, where places for them come into being.
public protocol LaterHooks: AnyObject, Sendable {
  /// All programs that it may attach.
  var programs: Set<String> { get }
  /// Whether it attaches them for one process alone.
  var isOfOneProcess: Bool { get }
  /// Is called once, when the plan's own programs are attached.
  func begin(_ object: LoadedObject)
  /// Detaches all. None is attached after it has returned.
  func end()
}

/// One way to get the events: programs of an object that belong together.
///
/// A tool states its plans in the order of its preference, and
/// ``Session/start(_:plans:options:configure:prepare:)`` uses the first that
/// the kernel accepts.
public struct HookPlan: Sendable {
  public let kind: HookKind
  /// All of these must attach, each where its section says, or as
  /// `program@category/name` to that tracepoint: so one program serves several. Of
  /// `program|other` the first is taken whose target the kernel has.
  public let programs: [String]
  /// These attach where the kernel has their target.
  public let optionalPrograms: [String]
  /// How the CPUs are sampled; nil where the plan is of another kind.
  public let sampling: Sampling?
  /// The same for single programs that are sampled by something else.
  public let samplings: [String: Sampling]
  /// More programs, each at a place that was found at run time. All must attach.
  public let probes: [Probe]
  /// Whether the programs read kernel types.
  public let readsTypes: Bool
  /// Why the plan cannot work here; nil where only a trial will show. Asked
  /// before anything is loaded, so it must be cheap.
  public let obstacle: @Sendable () -> Obstacle?
  /// What its events do not say, as a sentence for the user; nil where they say all.
  public private(set) var caveat: String?
  /// Hooks that are added while the plan is carried out; nil: there are none.
  public private(set) var later: (any LaterHooks)?

  public init(
    _ kind: HookKind, _ programs: [String] = [], optional: [String] = [],
    probes: [Probe] = [], readsTypes: Bool = true, sampling: Sampling? = nil,
    samplings: [String: Sampling] = [:],
    obstacle: @escaping @Sendable () -> Obstacle? = { nil }
  ) {
    self.sampling = sampling
    self.samplings = samplings
    self.kind = kind
    self.programs = programs
    optionalPrograms = optional
    self.probes = probes
    self.readsTypes = readsTypes
    self.obstacle = obstacle
  }

  /// Programs that each exist for a typed tracepoint and for a raw one: `tp_btf_NAME` and
  /// `raw_tp_NAME`.
  public static func tracepoints(_ names: [String]) -> [HookPlan] {
    [HookKind.typedTracepoint, .rawTracepoint].map { kind in
      HookPlan(kind, names.map { "\(kind.rawValue)_\($0)" })
    }
  }

  /// The exits of some system calls by their classic tracepoints, with the
  /// arguments in the registers that each call has saved. Other programs of the
  /// plan may hook elsewhere.
  public static func systemCallExits(
    _ programs: [String], optional: [String] = [], readsTypes: Bool = true
  ) -> HookPlan {
    HookPlan(.tracepoint, programs, optional: optional, readsTypes: readsTypes) {
      guard case .no(let reason) = KernelFeatures.savedRegisters else { return nil }
      return Obstacle(reason, cure: .missingSavedRegisters)
    }
  }

  /// What distinguishes it from a tool's other plans.
  public var signature: String {
    ([kind.rawValue] + programs + optionalPrograms).joined(separator: " ")
  }

  /// The same plan, where the configuration makes its programs read kernel types.
  public func readingTypes() -> HookPlan {
    var plan = HookPlan(
      kind, programs, optional: optionalPrograms, probes: probes, readsTypes: true,
      sampling: sampling, samplings: samplings, obstacle: obstacle)
    plan.caveat = caveat
    plan.later = later
    return plan
  }

  /// The same plan with one more reason why it may not work, which is asked before
  /// anything is loaded.
  public func unless(_ other: @escaping @Sendable () -> Obstacle?) -> HookPlan {
    let own = obstacle
    var plan = HookPlan(
      kind, programs, optional: optionalPrograms, probes: probes, readsTypes: readsTypes,
      sampling: sampling, samplings: samplings, obstacle: { own() ?? other() })
    plan.caveat = caveat
    plan.later = later
    return plan
  }

  /// The same plan, whose events say less than those of others.
  ///
  /// - Parameter sentence: what is missing, reported when the plan is used.
  public func withCaveat(_ sentence: String) -> HookPlan {
    var plan = self
    plan.caveat = sentence
    return plan
  }

  /// The same plan on a kernel that refuses to read its objects in place.
  var readingByHelpers: HookPlan {
    let sentence = "this kernel lets programs read its objects by helpers only, which cost more"
    return withCaveat(caveat.map { "\($0); \(sentence)" } ?? sentence)
  }

  /// The same plan, to which hooks are added while it is carried out.
  public func adding(_ later: any LaterHooks) -> HookPlan {
    var plan = self
    plan.later = later
    return plan
  }

  /// The programs of another plan, of whose kind it then is, and the probes of this one.
  public func beside(_ other: HookPlan) -> HookPlan {
    let own = obstacle
    var plan = HookPlan(
      other.kind, programs + other.programs, optional: optionalPrograms + other.optionalPrograms,
      probes: probes, readsTypes: readsTypes || other.readsTypes, sampling: sampling,
      samplings: samplings,
      obstacle: { own() ?? KernelFeatures.uprobesObstacle ?? other.obstacle() })
    plan.caveat = caveat
    plan.later = later
    return plan
  }

  /// The programs for places in files that are attached by links of their own kind, where the
  /// kernel has it.
  var programsForManyPlaces: Set<String> {
    func hasLinks(ofOneProcess: Bool) -> Bool {
      ofOneProcess ? KernelFeatures.hasManyUprobesOfProcess : KernelFeatures.hasManyUprobes
    }
    var many: Set<String> = [], others: Set<String> = []
    for probe in probes {
      switch probe.place {
      case .filePlaces: many.insert(probe.program)
      case .file(_, _, let process, _) where hasLinks(ofOneProcess: process != nil):
        many.insert(probe.program)
      default: others.insert(probe.program)
      }
    }
    if let later {
      if hasLinks(ofOneProcess: later.isOfOneProcess) {
        many.formUnion(later.programs)
      } else {
        others.formUnion(later.programs)
      }
    }
    return many.subtracting(others)
  }

  /// What every plan of this kind needs.
  func knownObstacle(typesFile: String?) -> Obstacle? {
    guard Capabilities.effective.canTrace else { return .notPermitted }
    if readsTypes, typesFile == nil, let obstacle = KernelFeatures.typesObstacle {
      return obstacle
    }
    if kind == .fentry || kind == .typedTracepoint, let obstacle = KernelFeatures.ownTypesObstacle {
      return obstacle
    }
    let ofKind: Obstacle? =
      switch kind {
      case .fentry: KernelFeatures.fentryObstacle
      case .tracepoint: KernelFeatures.tracefsObstacle
      case .kprobe: KernelFeatures.kprobesObstacle
      case .uprobe: KernelFeatures.uprobesObstacle
      case .socketPacket: KernelFeatures.socketPacketsObstacle
      case .tcx: KernelFeatures.devicePacketsObstacle ?? KernelFeatures.tcxObstacle
      case .xdp: KernelFeatures.devicePacketsObstacle
      case .typedTracepoint, .rawTracepoint, .sample: nil
      }
    return ofKind ?? obstacle()
  }
}

/// Why no plan could be carried out.
public struct HookPlanError: Error, CustomStringConvertible {
  /// One plan and why it was not taken.
  public struct Rejection: Sendable {
    public let kind: HookKind
    public let obstacle: Obstacle
    /// The error of the trial; nil where the plan was not tried.
    public let error: BPFError?

    public var reason: String { obstacle.reason }
  }

  public let rejections: [Rejection]

  public var description: String {
    let obstacles = Set(rejections.map(\.obstacle))
    if obstacles.count == 1, let obstacle = obstacles.first { return obstacle.description }
    return rejections.map { "\($0.kind.rawValue): \($0.obstacle)" }.joined(separator: "; ")
  }
}
