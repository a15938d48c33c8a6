import CLinux
import Glibc

/// A program that runs beside this one and ends with it, whose lines are read as they come.
public final class Companion {
  public let pid: Int32
  /// Becomes readable with its output, and with its errors; nil: there are no more.
  public private(set) var output: Int32?
  public private(set) var errors: Int32?
  /// How many lines were too long or too many.
  public private(set) var leftOut: UInt64 = 0
  /// The end of what it wrote to standard error.
  public private(set) var errorText: [UInt8] = []
  /// As a shell reports it; nil: it runs.
  public private(set) var status: Int32?

  private let file: Int32?
  private var line: [UInt8] = []
  private var isTooLong = false
  private var lines = 0

  /// What is kept of a program.
  public static let lineLimit = 1 << 20
  public static let lineCountLimit = 200_000
  public static let errorLimit = 4096

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - arguments: its path, and its arguments.
  ///   - hasFile: its descriptor 3 is a file in memory, which ``file(atMost:)`` reads.
  /// - Throws: `ErrorNumber` if it cannot be started.
  public init(_ arguments: [String], hasFile: Bool = false) throws(ErrorNumber) {
    var pipes: [Int32] = [-1, -1, -1, -1]
    let made = pipes.withUnsafeMutableBufferPointer { pipes in
      pipe(pipes.baseAddress!) == 0 && pipe(pipes.baseAddress! + 2) == 0
    }
    let file = hasFile ? linux_memory_file("drawing") : -1
    guard made, !hasFile || file >= 0 else {
      let error = ErrorNumber.current
      for descriptor in pipes + [file] where descriptor >= 0 { close(descriptor) }
      throw error
    }
    for descriptor in pipes { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    var pointers = arguments.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    pid = linux_start_beside(&pointers, pipes[1], pipes[3], file)
    close(pipes[1])
    close(pipes[3])
    self.file = hasFile ? file : nil
    guard pid > 0 else {
      for descriptor in [pipes[0], pipes[2], file] where descriptor >= 0 { close(descriptor) }
      throw ErrorNumber(rawValue: -pid)
    }
    output = pipes[0]
    errors = pipes[2]
  }

  deinit {
    if status == nil {
      signal(SIGKILL)
      reap()
    }
    for descriptor in [output, errors, file] { if let descriptor { close(descriptor) } }
  }

  /// Sends it a signal, unless it has ended.
  public func signal(_ number: Int32) {
    if status == nil { kill(pid, number) }
  }

  /// Reads what is there of its output, which was found to be readable.
  public func readOutput(_ visit: ([UInt8]) -> Void) {
    guard let output else { return }
    let isOpen = Self.read(output) { bytes in
      var rest = bytes[...]
      while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        take(rest[..<end])
        finishLine(visit)
        rest = rest[(end + 1)...]
      }
      take(rest)
    }
    guard !isOpen else { return }
    close(output)
    self.output = nil
    reapIfSilent()
  }

  /// Reads what is there of its errors.
  public func readErrors() {
    guard let errors else { return }
    let isOpen = Self.read(errors) { bytes in
      errorText = Array((errorText + bytes).suffix(Self.errorLimit))
    }
    guard !isOpen else { return }
    close(errors)
    self.errors = nil
    reapIfSilent()
  }

  /// Its file; nil where it is longer.
  public func file(atMost limit: Int) -> [UInt8]? {
    guard let file else { return nil }
    let size = Int(lseek(file, 0, SEEK_END))
    guard size > 0, size <= limit else { return nil }
    var bytes = [UInt8](repeating: 0, count: size)
    return pread(file, &bytes, size, 0) == size ? bytes : nil
  }

  private func take(_ bytes: ArraySlice<UInt8>) {
    guard !isTooLong, line.count + bytes.count <= Self.lineLimit else {
      isTooLong = true
      line.removeAll()
      return
    }
    line.append(contentsOf: bytes)
  }

  private func finishLine(_ visit: ([UInt8]) -> Void) {
    lines += 1
    if isTooLong || lines > Self.lineCountLimit { leftOut += 1 } else { visit(line) }
    isTooLong = false
    line.removeAll(keepingCapacity: true)
  }

  /// - Returns: whether there can be more.
  private static func read(_ descriptor: Int32, _ body: ([UInt8]) -> Void) -> Bool {
    let room = 64 * 1024
    let bytes = [UInt8](unsafeUninitializedCapacity: room) { bytes, count in
      count = max(Glibc.read(descriptor, bytes.baseAddress, room), 0)
    }
    guard !bytes.isEmpty else { return false }
    body(bytes)
    return true
  }

  private func reapIfSilent() {
    if output == nil, errors == nil { reap() }
  }

  private func reap() {
    var command = linux_command()
    command.pid = pid
    status = linux_await_command(&command)
  }
}
