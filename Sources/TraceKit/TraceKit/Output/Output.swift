import CLinux
import Glibc

/// Where a tool's data goes: standard output or a file.
public final class Output {
  /// The reader is gone. A tool then ends quietly.
  public struct Closed: Error {}

  public let buffer: OutputBuffer
  public let descriptor: Int32
  /// A slow reader must not keep a signal waiting, so a write to a pipe or a
  /// terminal is waited for together with this descriptor.
  var interruption: Int32?
  /// Called each second while a write waits for the reader.
  var whileWaiting: (() -> Void)?
  /// Whether the account so far is written as a record too, at each interval or second.
  var hasAccounts = false
  /// How much was written so far.
  private(set) var writtenBytes: UInt64 = 0
  private let canBlock: Bool
  /// Whether the kernel can write to it what it has room for and no more.
  private var acceptsParts = true
  /// A signal came while a write waited for the reader.
  private(set) var isInterrupted = false

  public init(descriptor: Int32 = STDOUT_FILENO) {
    self.descriptor = descriptor
    buffer = OutputBuffer()
    var status = stat()
    let isFile = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    canBlock = !isFile
  }

  /// Opens a file for writing, which is made or emptied.
  public static func file(_ path: String) throws -> Output {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw ToolError(.failure, "cannot open '\(path)' for writing: \(ErrorNumber.current)")
    }
    return Output(descriptor: descriptor)
  }

  public var isTerminal: Bool { isatty(descriptor) == 1 }

  /// Formatted text is written out at this size even in the middle of a batch.
  var isFull: Bool { buffer.count >= 48 * 1024 }

  /// Writes all that is in the buffer.
  ///
  /// - Throws: ``Closed`` where nobody reads any more, ``ToolError`` where it
  ///   cannot be written.
  public func flush() throws {
    defer { buffer.removeAll() }
    try buffer.withBytes { bytes in
      var rest = bytes
      while !rest.isEmpty {
        rest = UnsafeRawBufferPointer(rebasing: rest[try write(rest)...])
      }
    }
  }

  /// - Returns: how many bytes were written; fewer where there was no room for all.
  private func write(_ bytes: UnsafeRawBufferPointer) throws -> Int {
    guard canBlock else {
      return try written(Glibc.write(descriptor, bytes.baseAddress, bytes.count))
    }
    if acceptsParts {
      let count = linux_write_now(descriptor, bytes.baseAddress, bytes.count)
      if count >= 0 { return try written(count) }
      switch ErrorNumber.current {
      case .wouldBlock: break
      case .interrupted: return 0
      case .brokenPipe: throw Closed()
      default: acceptsParts = false
      }
    }
    try waitForRoom()
    if acceptsParts { return 0 }
    // A pipe that is ready accepts this many bytes without blocking (pipe(7)).
    let length = min(bytes.count, Int(PIPE_BUF))
    return try written(Glibc.write(descriptor, bytes.baseAddress, length))
  }

  private func written(_ count: Int) throws -> Int {
    if count >= 0 {
      writtenBytes += UInt64(count)
      return count
    }
    let errno = ErrorNumber.current
    switch errno {
    // Whoever shares a pipe or a terminal may have made it non-blocking.
    case .interrupted, .wouldBlock: return 0
    case .brokenPipe: throw Closed()
    default: throw ToolError(.failure, "cannot write the output: \(errno)")
    }
  }

  /// Waits until the reader takes more. A first signal is left to the run loop,
  /// which ends the run once this write is done; the second one ends the
  /// process by itself.
  private func waitForRoom() throws {
    var descriptors = [
      pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0),
      pollfd(fd: interruption ?? -1, events: Int16(POLLIN), revents: 0),
    ]
    while true {
      descriptors[1].fd = isInterrupted ? -1 : interruption ?? -1
      let count = poll(&descriptors, 2, whileWaiting == nil ? -1 : 1000)
      if count == 0 { whileWaiting?() }
      guard count > 0 else { continue }
      if descriptors[0].revents != 0 { return }
      if descriptors[1].revents != 0 { isInterrupted = true }
    }
  }
}

/// One line to standard error, in one write so that lines of several processes
/// do not mix.
public func tell(_ line: String) {
  var text = line + "\n"
  text.withUTF8 { bytes in
    _ = write(STDERR_FILENO, bytes.baseAddress, bytes.count)
  }
}
