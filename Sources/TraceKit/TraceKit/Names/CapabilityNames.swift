/// The names of capabilities by their numbers (linux/capability.h), to which the
/// kernel only adds.
public enum CapabilityNames {
  static var all: [String] { names }

  private static let names = [
    "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID",
    "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK",
    "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG",
    "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
  ]

  /// Such as "CAP_SYS_ADMIN"; nil for a number that is newer than this list.
  public static func name(of number: UInt32) -> String? {
    names.indices.contains(Int(number)) ? names[Int(number)] : nil
  }

  /// The bits of capabilities that a user lists with commas, by name, with or without
  /// CAP_ and in any case, or by number.
  public static func mask(_ text: String) throws -> UInt64 {
    try text.split(separator: ",", omittingEmptySubsequences: false).reduce(0) { mask, word in
      let upper = word.uppercased()
      let found = names.firstIndex { $0 == upper || $0.dropFirst(4) == upper }
      let number = try found ?? Int(number(of: String(word)))
      return mask | 1 << UInt64(number)
    }
  }

  private static func number(of text: String) throws -> UInt32 {
    guard let number = UInt32(text), number < 64 else {
      throw Parse.Reason(description: "there is no capability '\(text)'")
    }
    return number
  }
}
