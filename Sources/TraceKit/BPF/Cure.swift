/// What a person can do about something that keeps programs from tracing.
///
/// The cures are here together, so that the errors of all tools and what a
/// check reports say the same.
public struct Cure: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// What to do, as a sentence without its end that begins with a verb.
  public let what: String
  /// The command that does it, where there is one.
  public let command: String?

  public init(_ what: String, command: String? = nil) {
    self.what = what
    self.command = command
  }

  public init(stringLiteral what: String) {
    self.init(what)
  }

  public var description: String { command.map { "\(what) (\($0))" } ?? what }
}

extension Cure {
  public static let capabilities = Cure(
    "run it as root, or with CAP_BPF and CAP_PERFMON",
    command: "setpriv --inh-caps +bpf,+perfmon --ambient-caps +bpf,+perfmon --reuid USER "
      + "--clear-groups COMMAND")

  public static let missingTypes: Cure =
    "boot a kernel with CONFIG_DEBUG_INFO_BTF=y, or give a BTF file for this kernel with --btf"

  public static let kernelWithTypes: Cure = "boot a kernel with CONFIG_DEBUG_INFO_BTF=y"

  public static let missingTracefs = Cure(
    "mount tracefs", command: "mount -t tracefs tracefs /sys/kernel/tracing")

  public static let closedTracefs: Cure = "run it as root, or add CAP_DAC_READ_SEARCH"

  public static let refusedKind: Cure =
    "allow BPF programs of this kind in the kernel's security policy, or boot a kernel that does"

  public static let lockdown: Cure = "boot without lockdown=confidentiality"

  public static let missingKprobes: Cure = "boot a kernel with CONFIG_KPROBES=y"

  /// Seen on 6.18: CAP_PERFMON alone is not enough for a probe in other processes.
  public static let closedUprobes: Cure = "run it as root, or add CAP_SYS_ADMIN"

  /// Debian's kernels know a level 3 of the setting, at which CAP_PERFMON does not count.
  public static let closedEvents = Cure(
    "run it as root, or lower kernel.perf_event_paranoid",
    command: "sysctl kernel.perf_event_paranoid=2")

  public static let networkCapability: Cure = "run it as root, or add CAP_NET_ADMIN"

  public static let missingTCX: Cure = "boot kernel 6.6 or newer"

  public static let missingControlGroups = Cure(
    "mount them", command: "mount -t cgroup2 cgroup2 /sys/fs/cgroup")

  public static let missingUprobes: Cure = "boot a kernel with CONFIG_UPROBE_EVENTS=y"

  /// For kernels whose functions have no place where a program can be attached.
  public static let missingTrampolines: Cure =
    "boot a kernel with CONFIG_FUNCTION_TRACER=y and CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS=y"

  public static let missingSavedRegisters: Cure = "boot kernel 5.15 or newer"

  public static let missingSchedulerAccount: Cure = "boot a kernel with CONFIG_SCHEDSTATS=y"

  public static let lockedMemory = Cure(
    "raise the limit of locked memory", command: "ulimit -l unlimited")

  public static let memory: Cure = "raise the memory limit of the cgroup"

  public static let statistics = Cure(
    "turn the statistics off", command: "sysctl kernel.bpf_stats_enabled=0")
}

/// Why something cannot work here, and what would cure it where that is known.
public struct Obstacle: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  public let reason: String
  public let cure: Cure?

  public init(_ reason: String, cure: Cure? = nil) {
    self.reason = reason
    self.cure = cure
  }

  public init(stringLiteral reason: String) {
    self.init(reason)
  }

  init(_ error: BPFError) {
    self.init(error.reason, cure: error.cure)
  }

  public var description: String { cure.map { "\(reason); \($0)" } ?? reason }

  public static let notPermitted = Obstacle("not permitted", cure: .capabilities)
}
