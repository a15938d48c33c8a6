/// The exit statuses of all tools, after sysexits.h.
public enum ExitStatus: Int32, Sendable {
  case success = 0
  /// Something went wrong while it ran, or events were lost and
  /// `--fail-on-loss` was given.
  case failure = 1
  /// The command line was wrong; nothing was loaded.
  case usage = 64
  /// This kernel lacks what the tool needs.
  case unavailable = 69
  /// This user may not trace.
  case notPermitted = 77
  /// The command to trace cannot be run, or there is none of that name, as a
  /// shell says it.
  case commandNotRunnable = 126
  case commandNotFound = 127
}

/// An error that ends a tool with one sentence on standard error.
public struct ToolError: Error, CustomStringConvertible {
  public let status: ExitStatus
  public let description: String

  public init(_ status: ExitStatus, _ description: String) {
    self.status = status
    self.description = description
  }
}
