import Glibc

/// Something of this host or this user on which tracing depends.
public struct HostFact: Equatable, Sendable {
  public let name: String
  public let value: String
  /// What it keeps from working; nil where it restricts nothing.
  public let restriction: Obstacle?

  init(_ name: String, _ value: String, _ restriction: Obstacle? = nil) {
    self.name = name
    self.value = value
    self.restriction = restriction
  }

  static let columns: [Column<HostFact>] =
    [
      Column("fact", "FACT", width: 25) { $1.text($0.name) },
      Column("value", "VALUE", width: 0) { $1.text($0.value) },
    ] + Column.obstacle { $0.restriction }

  static let tableColumns: [Column<HostFact>] = [
    Column("fact", "HOST", width: 25) { $1.text($0.name) },
    Column("value", "VALUE", width: 26) { $1.text($0.value) },
    Column("restriction", "RESTRICTION", width: 0) { $1.text($0.restriction?.reason ?? "") },
  ]
}

/// What a host says of itself, as text; nil where it says nothing.
public struct HostReadings: Sendable {
  public var kernel = ""
  public var capabilities: Capabilities = []
  public var typesObstacle: Obstacle?
  public var tracefs: String?
  public var tracefsObstacle: Obstacle?
  public var typedTracepoints = KernelFeatures.Answer.yes
  public var fentry = KernelFeatures.Answer.yes
  public var kprobes = KernelFeatures.Answer.yes
  /// `/sys/kernel/security/lockdown`.
  public var lockdown: String?
  public var unprivilegedBPFDisabled: String?
  public var perfEventParanoid: String?
  public var statisticsEnabled: String?
  public var countsLockedMemory: Bool?
  /// In bytes; nil where there is none.
  public var lockedMemoryLimit: UInt64?

  public init() {}

  /// Those of this host and this process.
  public static func current() -> HostReadings {
    var readings = HostReadings()
    readings.kernel = setting("kernel/osrelease") ?? ""
    readings.capabilities = .effective
    readings.typesObstacle = KernelFeatures.typesObstacle
    readings.tracefs = KernelFeatures.tracefs
    readings.tracefsObstacle = KernelFeatures.tracefsObstacle
    readings.typedTracepoints = KernelFeatures.typedTracepoints
    readings.fentry = KernelFeatures.fentry
    readings.kprobes = KernelFeatures.kprobes
    readings.lockdown = File.contents(of: "/sys/kernel/security/lockdown")
    readings.unprivilegedBPFDisabled = setting("kernel/unprivileged_bpf_disabled")
    readings.perfEventParanoid = setting("kernel/perf_event_paranoid")
    readings.statisticsEnabled = setting("kernel/bpf_stats_enabled")
    readings.countsLockedMemory = KernelFeatures.countsLockedMemory
    readings.lockedMemoryLimit = KernelFeatures.lockedMemoryLimit
    return readings
  }

  private static func setting(_ name: String) -> String? {
    guard let text = File.contents(of: "/proc/sys/\(name)") else { return nil }
    return String(text.prefix { $0 != "\n" })
  }
}

extension HostReadings {
  /// What they mean, in the order in which they are reported.
  public var facts: [HostFact] {
    [
      HostFact("kernel", kernel),
      capabilityFact,
      HostFact(
        "unprivileged_bpf_disabled", unprivilegedBPFDisabled ?? "unknown",
        restriction(
          unprivilegedBPFDisabled ?? "0" != "0" && !capabilities.canTrace,
          "loading programs needs CAP_BPF")),
      HostFact(
        "perf_event_paranoid", perfEventParanoid ?? "unknown",
        restriction(
          perfEventParanoid.flatMap { Int($0) } ?? -1 > -1 && !mayUsePerf,
          "attaching to hooks needs CAP_PERFMON")),
      lockdownFact,
      HostFact("btf", typesObstacle == nil ? "yes" : "no", typesObstacle),
      HostFact(
        "tracefs", tracefs ?? "no",
        tracefsObstacle.map { Obstacle("no hooks by tracepoint: \($0.reason)", cure: $0.cure) }),
      kindFact("tp_btf", typedTracepoints),
      kindFact("fentry", fentry),
      HostFact("kprobe", kprobes == .yes ? "yes" : "no", kprobeRestriction),
      lockedMemoryFact,
      HostFact(
        "bpf_stats_enabled", statisticsEnabled ?? "unknown",
        statisticsEnabled ?? "0" == "0"
          ? nil : Obstacle("each run of a program takes longer", cure: .statistics)),
    ]
  }

  private var mayUsePerf: Bool {
    capabilities.contains(.perfmon) || capabilities.contains(.sysAdmin)
  }

  private func restriction(_ applies: Bool, _ reason: String) -> Obstacle? {
    applies ? Obstacle(reason, cure: .capabilities) : nil
  }

  private var capabilityFact: HostFact {
    let names: [(Capabilities, String)] = [
      (.bpf, "CAP_BPF"), (.perfmon, "CAP_PERFMON"), (.sysAdmin, "CAP_SYS_ADMIN"),
    ]
    let held = names.filter { capabilities.contains($0.0) }.map(\.1)
    return HostFact(
      "capabilities", held.isEmpty ? "none" : held.map { $0.dropFirst(4) }.joined(separator: " "),
      restriction(!capabilities.canTrace, "this user may not trace"))
  }

  /// The state in force is in brackets.
  private var lockdownFact: HostFact {
    let state = lockdown?.split(separator: "[").last?.prefix { $0 != "]" }
    return HostFact(
      "lockdown", state.map(String.init) ?? "unknown",
      state == "confidentiality"
        ? Obstacle("programs may not read the kernel's memory", cure: .lockdown) : nil)
  }

  private func kindFact(_ kind: String, _ answer: KernelFeatures.Answer) -> HostFact {
    switch answer {
    case .yes: HostFact(kind, "yes")
    // Without the capabilities the kernel refuses everything.
    case _ where !capabilities.canTrace: HostFact(kind, "unknown")
    case .no(let reason):
      HostFact(
        kind, "no",
        Obstacle(
          "no hooks by \(kind): \(reason)",
          cure: typesObstacle == nil ? .refusedKind : .missingTypes))
    case .unknown(let errno): HostFact(kind, "unknown: \(errno.name)")
    }
  }

  private var kprobeRestriction: Obstacle? {
    guard case .no(let reason) = kprobes else { return nil }
    return Obstacle("no hooks by kprobe: \(reason)", cure: .missingKprobes)
  }

  /// A user who may not raise the limit has it.
  private var lockedMemoryFact: HostFact {
    let name = "locked_memory"
    guard let countsLockedMemory else { return HostFact(name, "unknown") }
    guard countsLockedMemory else { return HostFact(name, "not counted") }
    guard let limit = lockedMemoryLimit else { return HostFact(name, "unlimited") }
    return HostFact(
      name, "\(limit)",
      capabilities.contains(.sysResource)
        ? nil : Obstacle("maps may use at most \(limit) bytes", cure: .lockedMemory))
  }
}
