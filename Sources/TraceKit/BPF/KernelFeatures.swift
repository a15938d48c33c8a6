import CLibbpf
import Glibc

/// What the running kernel offers to tracing programs, found by looking and by
/// trying, never by its version.
public enum KernelFeatures {
  /// The answer of a trial.
  public enum Answer: Equatable, Sendable {
    case yes
    case no(String)
    case unknown(ErrorNumber)
  }

  /// How many CPUs there can be: one more than the greatest number of one.
  public static var possibleCPUs: Int { Int(max(libbpf_num_possible_cpus(), 1)) }

  static let typesPath = "/sys/kernel/btf/vmlinux"
  /// Where the modules have theirs, each in a file of its name.
  static let moduleTypesFolder = "/sys/kernel/btf"

  /// Whether the kernel describes its types (CONFIG_DEBUG_INFO_BTF, from 5.2).
  public static var hasTypes: Bool { File.exists(typesPath) }

  /// Where tracefs is mounted and readable; nil where it is not.
  public static var tracefs: String? {
    tracefsPaths.first { File.exists($0 + "/events") }
  }

  private static let tracefsPaths = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"]

  /// Why there is no tracefs for this user; nil where there is.
  public static var tracefsObstacle: Obstacle? {
    guard tracefs == nil else { return nil }
    // Only tracefs itself is closed: the folder that it is mounted on is not.
    return File.failure(toReach: tracefsPaths[0] + "/events") == .accessDenied
      ? Obstacle("tracefs is not readable by this user", cure: .closedTracefs)
      : Obstacle("tracefs is not mounted", cure: .missingTracefs)
  }

  /// Whether the kernel loads programs that attach to functions by their types
  /// (fentry and fexit, from 5.5). A hardened kernel refuses the kind with
  /// EPERM before it looks at the function, and with no function given any
  /// other kernel says EINVAL.
  public static var fentry: Answer { tracing(BPF_TRACE_FENTRY) }

  /// Whether the kernel loads programs that attach to tracepoints by their
  /// types (`tp_btf`, from 5.5).
  public static var typedTracepoints: Answer { tracing(BPF_TRACE_RAW_TP) }

  private static func tracing(_ kind: bpf_attach_type) -> Answer {
    let errno = ErrorNumber(rawValue: shim_try_tracing_program(kind.rawValue, 0))
    switch errno {
    case .invalidArgument, .noSuchEntry: return hasTypes ? .yes : .no("the kernel has no BTF")
    case .notPermitted, .accessDenied: return .no("the kernel refuses the kind: \(errno)")
    default: return .unknown(errno)
    }
  }

  /// Whether a tracepoint's program can read the registers that a system call
  /// saved (`bpf_task_pt_regs`, from 5.15), asked by loading a program that
  /// calls the helper.
  public static var savedRegisters: Answer {
    let found = libbpf_probe_bpf_helper(
      BPF_PROG_TYPE_TRACEPOINT, BPF_FUNC_task_pt_regs, nil)
    return switch found {
    case 1: .yes
    case 0: .no("the kernel has no bpf_task_pt_regs (from 5.15)")
    default: .unknown(ErrorNumber(rawValue: -found))
    }
  }

  /// Whether programs may ask the kernel for an ancestor of the running task's cgroup.
  /// That came with the release of ``savedRegisters`` (95b861a7935b "bpf: Allow
  /// bpf_get_current_ancestor_cgroup_id for tracing"); before, it needs the kernel's types.
  public static var tellsAncestors: Bool {
    if case .no = savedRegisters { false } else { true }
  }

  /// Whether a probe can pass its program a number (`bpf_get_attach_cookie`, from 5.15).
  public static let hasCookies =
    libbpf_probe_bpf_helper(BPF_PROG_TYPE_KPROBE, BPF_FUNC_get_attach_cookie, nil) == 1

  /// Whether one link attaches to many functions of the kernel (from 5.18, with CONFIG_FPROBE,
  /// which the 6.1 of Debian 12 lacks).
  public static let hasManyKprobes = shim_has_many_kprobes()

  /// Whether one link attaches to many places of a program (from 6.6).
  public static let hasManyUprobes = shim_has_many_uprobes()

  /// Whether such a link for one process sees all its threads; at first it saw only one. The
  /// fix shows nowhere, so this looks for a function of a later release (6.12).
  static let hasManyUprobesOfProcess =
    hasManyUprobes && AttachTargets.mayExist(section: "fentry/uprobe_unregister_sync")

  /// Whether functions can be probed (CONFIG_KPROBES): the kernel then has an
  /// event source of that name.
  public static var kprobes: Answer {
    File.exists("/sys/bus/event_source/devices/kprobe")
      ? .yes : .no("the kernel has no kprobes (CONFIG_KPROBES)")
  }

  /// Whether instructions of programs can be probed (CONFIG_UPROBE_EVENTS).
  public static var uprobes: Answer {
    File.exists("/sys/bus/event_source/devices/uprobe")
      ? .yes : .no("the kernel has no uprobes (CONFIG_UPROBE_EVENTS)")
  }

  /// Whether maps and programs count as locked memory, which has a limit for each
  /// user. From 5.11 they count as memory of the cgroup, told by a helper of the
  /// same release, as libbpf does; nil where this process may load no program.
  public static var countsLockedMemory: Bool? {
    guard Capabilities.effective.canTrace else { return nil }
    let found = libbpf_probe_bpf_helper(
      BPF_PROG_TYPE_SOCKET_FILTER, BPF_FUNC_ktime_get_coarse_ns, nil)
    // Where the limit is reached, the trial itself is not permitted.
    return found == 0 || found == -EPERM
  }

  /// How many bytes of memory a user may lock; nil where there is no limit.
  public static var lockedMemoryLimit: UInt64? {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &limit) == 0,
      limit.rlim_cur != rlim_t.max
    else { return nil }
    return UInt64(limit.rlim_cur)
  }
}

extension KernelFeatures {
  /// Whether even soft interrupts can be preempted (CONFIG_PREEMPT_RT).
  public static var isRealtime: Bool {
    File.contents(of: "/sys/kernel/realtime")?.hasPrefix("1") == true
  }

  /// Where control groups of version 2 are mounted; nil where they are not.
  ///
  /// A container often has its own part of the hierarchy mounted. A mount of the whole, whose
  /// root has the inode 1, comes before it.
  public static let controlGroups: String? = {
    guard let mounts = File.contents(of: "/proc/self/mounts") else { return nil }
    let fields = mounts.split(separator: "\n").map { $0.split(separator: " ") }
    let points = fields.filter { $0.count > 2 && $0[2] == "cgroup2" }.map { String($0[1]) }
    return points.first { File.inode(of: $0) == 1 } ?? points.first
  }()
}

/// The same as obstacles of hook plans; nil where there is none, or where only a
/// trial will show.
extension KernelFeatures {
  public static var typesObstacle: Obstacle? {
    hasTypes
      ? nil : Obstacle("the kernel has no BTF (\(typesPath))", cure: .missingTypes)
  }

  /// What attaches by a type needs the kernel's own description, not one in a file.
  public static var ownTypesObstacle: Obstacle? {
    hasTypes
      ? nil : Obstacle("the kernel has no BTF of its own", cure: .kernelWithTypes)
  }

  public static var fentryObstacle: Obstacle? {
    guard case .no(let reason) = fentry else { return nil }
    return Obstacle(reason, cure: hasTypes ? .refusedKind : .missingTypes)
  }

  public static var kprobesObstacle: Obstacle? {
    guard case .no(let reason) = kprobes else { return nil }
    return Obstacle(reason, cure: .missingKprobes)
  }

  public static var uprobesObstacle: Obstacle? {
    guard case .no(let reason) = uprobes else { return nil }
    return Obstacle(reason, cure: .missingUprobes)
  }

  /// What programs at network devices need.
  public static var devicePacketsObstacle: Obstacle? {
    Capabilities.effective.contains(.administerNetworks)
      ? nil
      : Obstacle("the packets of devices are closed to this user", cure: .networkCapability)
  }

  /// Links at the place of tc came with 6.6 (e420bed02507 "bpf: Add fd-based tcx multi-prog
  /// infra with link support").
  public static var tcxObstacle: Obstacle? {
    let kinds = KernelEnumeration(["bpf_attach_type"])
    return kinds.isEmpty || kinds.value { $0 == "BPF_TCX_INGRESS" } != nil
      ? nil : Obstacle("the kernel has no links beside tc (from 6.6)", cure: .missingTCX)
  }

  public static var socketPacketsObstacle: Obstacle? {
    guard Capabilities.effective.contains(.administerNetworks) else {
      return Obstacle(
        "the packets of sockets are closed to this user", cure: .networkCapability)
    }
    return controlGroups == nil
      ? Obstacle("control groups of version 2 are not mounted", cure: .missingControlGroups) : nil
  }
}
