import CLibbpf
import CLinux
import Glibc

/// An `errno` of Linux, with the names that a person reads. libbpf's own errors
/// stand beyond those of the system.
public struct ErrorNumber: Error, RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: Int32

  public init(rawValue: Int32) {
    self.rawValue = rawValue
  }

  /// The `errno` that the last failed call of this thread left.
  public static var current: ErrorNumber { ErrorNumber(rawValue: linux_errno()) }

  public static let notPermitted = ErrorNumber(rawValue: EPERM)
  public static let noSuchEntry = ErrorNumber(rawValue: ENOENT)
  public static let tooManyFiles = ErrorNumber(rawValue: EMFILE)
  public static let noSuchProcess = ErrorNumber(rawValue: ESRCH)
  public static let interrupted = ErrorNumber(rawValue: EINTR)
  public static let wouldBlock = ErrorNumber(rawValue: EAGAIN)
  public static let accessDenied = ErrorNumber(rawValue: EACCES)
  public static let invalidArgument = ErrorNumber(rawValue: EINVAL)
  public static let noSpace = ErrorNumber(rawValue: ENOSPC)
  public static let outOfMemory = ErrorNumber(rawValue: ENOMEM)
  public static let busy = ErrorNumber(rawValue: EBUSY)
  public static let brokenPipe = ErrorNumber(rawValue: EPIPE)
  public static let notSupported = ErrorNumber(rawValue: EOPNOTSUPP)
  /// `ENOTSUPP` (linux/errno.h), which the kernel means for itself and lets out
  /// nevertheless.
  static let notSupportedInKernel = ErrorNumber(rawValue: 524)

  /// The symbolic name, such as `ENOENT`; the number where it has none.
  public var name: String {
    if let name = unsafe linux_errno_name(rawValue) { return unsafe String(cString: name) }
    let index = Int(rawValue) - Int(Self.firstOfLibbpf)
    return Self.namesOfLibbpf.indices.contains(index)
      ? "LIBBPF_ERRNO__\(Self.namesOfLibbpf[index])" : "\(rawValue)"
  }

  /// The greatest that a system call returns (MAX_ERRNO in linux/err.h).
  public static let greatest: Int32 = 4095

  /// The one of the system with that name, such as `ENOENT`.
  public init?(named name: String) {
    for number in 1...Self.greatest {
      if let known = unsafe linux_errno_name(number), unsafe String(cString: known) == name {
        self.init(rawValue: number)
        return
      }
    }
    return nil
  }

  /// What `strerror` says, such as "No such file or directory".
  public var message: String {
    if let text = unsafe linux_errno_text(rawValue) { return unsafe String(cString: text) }
    guard name != "\(rawValue)" else { return "error \(rawValue)" }
    return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { room in
      unsafe libbpf_strerror(rawValue, room.baseAddress, room.count)
      return unsafe String(cString: room.baseAddress!)
    }
  }

  private static let firstOfLibbpf = Int32(LIBBPF_ERRNO__LIBELF.rawValue)

  /// `enum libbpf_errno` (bpf/libbpf_legacy.h).
  private static let namesOfLibbpf = [
    "LIBELF", "FORMAT", "KVERSION", "ENDIAN", "INTERNAL", "RELOC", "LOAD", "VERIFY", "PROG2BIG",
    "KVER", "PROGTYPE", "WRNGPID", "INVSEQ", "NLPARSE",
  ]

  public var description: String { "\(message) (\(name))" }
}
