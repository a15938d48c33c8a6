import BPFObjects
import TraceKit

/// What a security module decides on, with the hooks that see it.
enum DecisionKind: String, NamedValue {
  case exec, open, mount, ptrace, module, bpf, capability

  /// As the programs know it.
  var number: UInt32 {
    let kind =
      switch self {
      case .exec: LSM_EXEC
      case .open: LSM_OPEN
      case .mount: LSM_MOUNT
      case .ptrace: LSM_PTRACE
      case .module: LSM_MODULE
      case .bpf: LSM_BPF
      case .capability: LSM_CAPABILITY
      }
    return kind.rawValue
  }

  init?(_ event: lsmsnoop_event) {
    guard let kind = Self.allCases.first(where: { $0.number == event.kind }) else { return nil }
    self = kind
  }

  /// The programs at the security hooks that all kernels have.
  var functions: [String] {
    switch self {
    case .exec: ["bprm_check"]
    case .open: ["file_open"]
    case .mount: ["sb_mount", "sb_umount"]
    case .ptrace: ["ptrace_access_check", "ptrace_traceme"]
    case .module: ["kernel_read_file"]
    case .bpf: ["security_bpf"]
    case .capability: ["security_capable"]
    }
  }

  /// Those of hooks that a kernel may lack.
  var newerFunctions: [String] {
    switch self {
    case .mount: ["move_mount"]
    case .module: ["kernel_load_data", "kernel_module_request"]
    default: []
    }
  }

  /// The system calls that such a decision makes fail.
  var calls: [String] {
    switch self {
    case .exec: ["execve", "execveat"]
    case .open: ["openat", "openat2", "open", "creat"]
    case .mount: ["mount", "umount2", "move_mount"]
    case .ptrace: ["ptrace", "process_vm_readv", "process_vm_writev"]
    case .module: ["finit_module", "init_module"]
    case .bpf: ["bpf"]
    case .capability: []
    }
  }
}

extension lsmsnoop_event {
  /// What of its kind is asked for.
  var operationName: String {
    switch lsm_operation(UInt32(operation)) {
    case LSM_UNMOUNT: "unmount"
    case LSM_MOVE_MOUNT: "move"
    case LSM_TRACEME: "traceme"
    case LSM_MODULE_REQUEST: "request"
    default: DecisionKind(self)?.rawValue ?? "?"
    }
  }
}
