/// The command lines of processes, read when they are asked for.
public final class CommandLines: @unchecked Sendable {
  private let thread = BoundedThread.make()

  /// What is read of one.
  private static let most = 4096
  /// Who has its arguments on a file system of its own can make others wait for them.
  private static let seconds = 0.2

  public init() {}

  /// The arguments of a process with blanks between them; nil where it has none, as a thread
  /// of the kernel, or is gone.
  public func line(of pid: UInt32) -> [UInt8]? {
    let bytes = thread.run(atMost: Self.seconds) { Self.arguments(of: pid) }
    guard let bytes, !bytes.isEmpty else { return nil }
    return bytes.map { $0 == 0 ? UInt8(ascii: " ") : $0 }
  }

  private static func arguments(of pid: UInt32) -> [UInt8] {
    (File.beginning(of: "/proc/\(pid)/cmdline", atMost: most) ?? []).reversed()
      .drop { $0 == 0 }.reversed()
  }
}
