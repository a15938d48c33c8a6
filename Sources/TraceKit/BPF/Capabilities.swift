import CLinux

/// The capabilities of this process.
public struct Capabilities: OptionSet, Sendable {
  public let rawValue: UInt64

  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// The numbers are the kernel's (`linux/capability.h`): CAP_DAC_READ_SEARCH,
  /// CAP_NET_ADMIN, CAP_SYS_PTRACE and those that are called as here.
  public static let readAnyFile = Capabilities(rawValue: 1 << 2)
  public static let administerNetworks = Capabilities(rawValue: 1 << 12)
  public static let lookIntoProcesses = Capabilities(rawValue: 1 << 19)
  public static let sysAdmin = Capabilities(rawValue: 1 << 21)
  public static let sysResource = Capabilities(rawValue: 1 << 24)
  public static let perfmon = Capabilities(rawValue: 1 << 38)
  public static let bpf = Capabilities(rawValue: 1 << 39)
  /// CAP_CHECKPOINT_RESTORE, with which the files that a process has mapped can be opened
  /// without their paths.
  public static let openMappedFiles = Capabilities(rawValue: 1 << 40)

  /// Enough to load and attach programs that trace.
  public var canTrace: Bool {
    contains(.sysAdmin) || isSuperset(of: [.bpf, .perfmon])
  }

  /// What this process may do now.
  public static var effective: Capabilities {
    Capabilities(rawValue: linux_effective_capabilities())
  }
}
