/// The ways to attach a tool's programs to the places.
extension ProbeSet {
  /// Programs of a tool, by where they are attached; nil: it has none for that.
  public struct Programs: Sendable {
    /// Of the section `kprobe`: the beginning of functions of the kernel and of programs.
    public var function: String?
    /// Of the section `kretprobe`.
    public var functionReturn: String?
    /// Of the section `kprobe.multi`; one for both serves a tool with one of them.
    public var functions: String?
    public var functionReturns: String?
    /// Of the section `kprobe`; nil: that of functions.
    public var usdt: String?
    /// Of the section `tracepoint`.
    public var tracepoint: String?
    /// Of a section `fentry` and `fexit`, for one function of the kernel.
    public var typed: String?
    public var typedReturn: String?

    public init(
      function: String? = nil, functionReturn: String? = nil, functions: String? = nil,
      functionReturns: String? = nil, usdt: String? = nil, tracepoint: String? = nil,
      typed: String? = nil, typedReturn: String? = nil
    ) {
      self.function = function
      self.functionReturn = functionReturn
      self.functions = functions
      self.functionReturns = functionReturns
      self.usdt = usdt ?? function
      self.tracepoint = tracepoint
      self.typed = typed
      self.typedReturn = typedReturn
    }

    /// Those of an object that does the same at each place (`lib/any_place.bpf.h`).
    public static let same = Programs(
      function: "at_probe", functionReturn: "at_probe", functions: "at_probes",
      functionReturns: "at_probes", usdt: "at_probe", tracepoint: "at_tracepoint",
      typed: "at_fentry", typedReturn: "at_fexit")
  }

  /// What a probe's cookie is.
  public enum Cookies: Equatable, Sendable {
    /// Programs need not tell the places apart.
    case none
    /// The number of the place's name, counted from a number.
    case names(from: Int)
    /// The number of the place.
    case places(from: Int)
  }

  /// How many links are made.
  public enum Linking: Sendable {
    case oneEach
    /// One for all places of a kind, where the kernel can.
    case many
    /// By types.
    case typed
  }

  /// Whether the places are the kernel's own.
  public var isKernel: Bool {
    if case .file = places[0].site { false } else { true }
  }

  /// Whether programs can be told at which of the places they run.
  public var canTellApart: Bool { names.count == 1 || KernelFeatures.hasCookies }

  private func cookie(of index: Int, _ cookies: Cookies) -> UInt64 {
    guard KernelFeatures.hasCookies else { return 0 }
    return switch cookies {
    case .none: 0
    case .names(let first): UInt64(first + places[index].name)
    case .places(let first): UInt64(first + index)
    }
  }

  /// The probes for one way of attaching.
  ///
  /// - Returns: nil where the places cannot be attached that way, or the tool has no program
  ///   for them.
  public func probes(
    _ programs: Programs, _ linking: Linking, cookies: Cookies, both: Bool = false
  ) -> [Probe]? {
    let ends = both ? CallEnd.allCases : [spec.atReturn ? .atReturn : .atBegin]
    var probes: [Probe] = []
    for atReturn in ends.map({ $0 == .atReturn }) {
      let found: [Probe]? =
        switch linking {
        case .typed: typedProbe(programs, atReturn)
        case .many: manyProbes(programs, atReturn, cookies)
        case .oneEach: singleProbes(programs, atReturn, cookies)
        }
      guard let found else { return nil }
      probes += found
    }
    return probes
  }

  private func typedProbe(_ programs: Programs, _ atReturn: Bool) -> [Probe]? {
    guard places.count == 1, case .kernel(let name) = places[0].site,
      let program = atReturn ? programs.typedReturn : programs.typed
    else { return nil }
    return [Probe(program, .typed(function: name), label: name)]
  }

  private func singleProbes(
    _ programs: Programs, _ atReturn: Bool, _ cookies: Cookies
  ) -> [Probe]? {
    guard places.count <= Self.mostLinks else { return nil }
    var probes: [Probe] = []
    for (index, place) in places.enumerated() {
      let program: String?
      let at: Probe.Place
      switch place.site {
      case .kernel(let name):
        program = atReturn ? programs.functionReturn : programs.function
        at = .kernel(function: name)
      case .file(let file, let offset, let semaphore):
        let own = spec.kind == .usdt ? programs.usdt : programs.function
        program = atReturn ? programs.functionReturn : own
        at = .file(file, offset: offset, process: process, semaphore: semaphore)
      case .tracepoint(let category, let event):
        program = programs.tracepoint
        at = .tracepoint(category: category, event: event)
      }
      guard let program else { return nil }
      probes.append(
        Probe(
          program, at, label: names[place.name], atReturn: atReturn,
          cookie: cookie(of: index, cookies), mayFail: places.count > 1))
    }
    return probes
  }

  /// - Returns: nil where a link each does as well.
  private func manyProbes(
    _ programs: Programs, _ atReturn: Bool, _ cookies: Cookies
  ) -> [Probe]? {
    // A link for many places of files is for all processes: their filter by process was of
    // threads at first. Links to the kernel's functions have no such filter.
    guard places.count > 1, isKernel || process == nil || places.count > Self.mostLinks else {
      return nil
    }
    let numbers = places.indices.map { cookie(of: $0, cookies) }
    let label = "\(spec.text) (\(places.count) places)"
    switch spec.kind {
    case .tracepoint: return nil
    case .kernelFunction, .userFunction, .usdt:
      if case .kernel = places[0].site {
        guard let program = atReturn ? programs.functionReturns : programs.functions else {
          return nil
        }
        return [
          Probe(
            program, .kernelFunctions(names, addresses: addresses, cookies: numbers),
            label: label, atReturn: atReturn)
        ]
      }
      let own = spec.kind == .usdt ? programs.usdt : programs.function
      guard let program = atReturn ? programs.functionReturn : own else { return nil }
      var files: [ProbedFile] = []
      var byFile: [ProbedFile: [Int]] = [:]
      for (index, place) in places.enumerated() {
        guard case .file(let file, _, _) = place.site else { return nil }
        if byFile[file] == nil { files.append(file) }
        byFile[file, default: []].append(index)
      }
      return files.map { file in
        var (offsets, semaphores, cookies): ([UInt64], [UInt64], [UInt64]) = ([], [], [])
        for index in byFile[file] ?? [] {
          guard case .file(_, let offset, let semaphore) = places[index].site else { continue }
          offsets.append(offset)
          semaphores.append(semaphore ?? 0)
          cookies.append(numbers[index])
        }
        return Probe(
          program,
          .filePlaces(file, offsets: offsets, semaphores: semaphores, cookies: cookies),
          label: label, atReturn: atReturn)
      }
    }
  }

  private static func manyObstacle(_ kind: HookKind) -> Obstacle? {
    if kind == .kprobe {
      return KernelFeatures.hasManyKprobes
        ? nil
        : Obstacle("the kernel has no link for many functions at once (CONFIG_FPROBE, from 5.18)")
    }
    return KernelFeatures.hasManyUprobes
      ? nil : Obstacle("the kernel has no link for many places of a program at once (from 6.6)")
  }

  private static var cookieObstacle: Obstacle? {
    KernelFeatures.hasCookies
      ? nil : Obstacle("the kernel cannot say which of several places at once it is (from 5.15)")
  }

  /// The plans for all places, in the order of preference.
  ///
  /// - Parameters:
  ///   - both: whether the beginning and the return of each function are hooked.
  ///   - readsTypes: whether the programs read kernel types.
  /// - Throws: ``ToolError`` where the tool has no program for such places.
  public func plans(
    _ programs: Programs, cookies: Cookies = .none, both: Bool = false, readsTypes: Bool = false
  ) throws -> [HookPlan] {
    try Self.plans(
      of: [self], programs, cookies: cookies, both: both, readsTypes: readsTypes)
  }

  /// The same for several together, all of one kind. The cookies of each follow those of the
  /// one before.
  ///
  /// - Parameter tellsApart: whether the programs must know of several names which it is.
  public static func plans(
    of sets: [ProbeSet], _ programs: Programs, cookies: Cookies = .none, both: Bool = false,
    readsTypes: Bool = false, tellsApart: Bool = false
  ) throws -> [HookPlan] {
    let needsCookies = tellsApart && sets.reduce(0) { $0 + $1.names.count } > 1
    // Each link takes some.
    DescriptorLimit.raise()
    let kind: HookKind =
      switch sets[0].places[0].site {
      case .kernel: .kprobe
      case .file: .uprobe
      case .tracepoint: .tracepoint
      }
    var plans: [HookPlan] = []
    for (linking, kind) in [(Linking.typed, HookKind.fentry), (.many, kind), (.oneEach, kind)] {
      guard
        let probes = probes(of: sets, programs, linking, cookies: cookies, both: both)
      else { continue }
      let isMany = linking == .many
      let plan = HookPlan(kind, probes: probes, readsTypes: readsTypes || linking == .typed) {
        (isMany ? Self.manyObstacle(kind) : nil) ?? (needsCookies ? Self.cookieObstacle : nil)
      }
      let caveat = sets.lazy.compactMap(\.caveat).first
      plans.append(caveat.map { plan.withCaveat($0) } ?? plan)
    }
    if plans.isEmpty {
      if let set = sets.first(where: { $0.places.count > Self.mostLinks }) {
        throw ToolError(
          .usage,
          "'\(set.spec.text)' matches \(set.places.count) places, and at most \(Self.mostLinks) "
            + "can be traced at once")
      }
      throw ToolError(.usage, "'\(sets[0].spec.text)': the tool traces no such places")
    }
    return plans
  }

  private static func probes(
    of sets: [ProbeSet], _ programs: Programs, _ linking: Linking, cookies: Cookies, both: Bool
  ) -> [Probe]? {
    var cookies = cookies
    var isAsked = false
    var all: [Probe] = []
    for set in sets {
      let found = set.probes(programs, linking, cookies: cookies, both: both)
      isAsked = isAsked || found != nil
      // Beside many places there may be single ones.
      let single =
        linking == .many
        ? set.probes(programs, .oneEach, cookies: cookies, both: both) : nil
      guard let probes = found ?? single else { return nil }
      all += probes
      switch cookies {
      case .none: break
      case .names(let first): cookies = .names(from: first + set.names.count)
      case .places(let first): cookies = .places(from: first + set.places.count)
      }
    }
    return isAsked ? all : nil
  }
}
