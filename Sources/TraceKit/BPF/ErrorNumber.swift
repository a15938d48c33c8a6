import CLinux
import Glibc

/// An `errno` of Linux, with the names that a person reads.
public struct ErrorNumber: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: Int32

  public init(rawValue: Int32) {
    self.rawValue = rawValue
  }

  /// The `errno` that the last failed call of this thread left.
  public static var current: ErrorNumber { ErrorNumber(rawValue: linux_errno()) }

  public static let notPermitted = ErrorNumber(rawValue: EPERM)
  public static let noSuchEntry = ErrorNumber(rawValue: ENOENT)
  public static let noSuchProcess = ErrorNumber(rawValue: ESRCH)
  public static let interrupted = ErrorNumber(rawValue: EINTR)
  public static let accessDenied = ErrorNumber(rawValue: EACCES)
  public static let invalidArgument = ErrorNumber(rawValue: EINVAL)
  public static let outOfMemory = ErrorNumber(rawValue: ENOMEM)
  public static let brokenPipe = ErrorNumber(rawValue: EPIPE)
  public static let notSupported = ErrorNumber(rawValue: EOPNOTSUPP)

  /// The symbolic name, such as `ENOENT`; the number where it has none.
  public var name: String {
    guard let name = unsafe linux_errno_name(rawValue) else { return "\(rawValue)" }
    return unsafe String(cString: name)
  }

  /// What `strerror` says, such as "No such file or directory".
  public var message: String {
    guard let text = unsafe linux_errno_text(rawValue) else { return "error \(rawValue)" }
    return unsafe String(cString: text)
  }

  public var description: String { "\(message) (\(name))" }
}
