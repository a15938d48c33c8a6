import BPF
import Wire

/// What is done with a file.
public enum FileOperation: UInt32, CaseIterable, Sendable {
  case read, write, open, fsync, getattr

  public var name: String { "\(self)" }

  /// As a table has it.
  public var letter: String { name.prefix(1).uppercased() }

  /// Whether its result is a number of bytes.
  public var movesBytes: Bool { self == .read || self == .write }

  /// The hooks of `lib/file_operations.bpf.h`, in the order of preference.
  public static var plans: [HookPlan] {
    func both(_ functions: [String]) -> [String] {
      functions.flatMap { ["\($0)_entry", "\($0)_exit"] }
    }
    return [
      HookPlan(
        .fentry,
        both([
          "vfs_read", "vfs_write", "do_dentry_open", "fsync", "fdatasync", "vfs_getattr_nosec",
        ]),
        optional: both(["vfs_readv", "vfs_writev"])),
      HookPlan(.typedTracepoint, ["any_syscall_enter", "any_syscall_exit"]),
    ]
  }
}
