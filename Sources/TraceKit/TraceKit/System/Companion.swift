import CLinux
import Glibc

/// A program that runs beside this one and ends with it, whose lines are read as they come.
public final class Companion {
  public let pid: Int32
  /// Becomes readable with its output, and with its errors; nil: there are no more.
  public var output: Int32? { outputPipe?.number }
  public var errors: Int32? { errorPipe?.number }
  /// How many lines were too long or too many.
  public private(set) var leftOut: UInt64 = 0
  /// The end of what it wrote to standard error.
  public private(set) var errorText: [UInt8] = []
  /// As a shell reports it; nil: it runs.
  public private(set) var status: Int32?

  private var outputPipe: OwnedDescriptor?
  private var errorPipe: OwnedDescriptor?
  private let file: OwnedDescriptor?
  private var line: [UInt8] = []
  private var isTooLong = false
  private var lines = 0
  private let greatestLineCount: Int

  /// What is kept of a program.
  public static let lineLimit = 1 << 20
  public static let lineCountLimit = 200_000
  public static let errorLimit = 4096

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - arguments: its path, and its arguments.
  ///   - lineCount: more lines are left out.
  ///   - hasFile: its descriptor 3 is a file in memory, which ``file(atMost:)`` reads.
  /// - Throws: `ErrorNumber` if it cannot be started.
  public init(
    _ arguments: [String], lineCount: Int = lineCountLimit, hasFile: Bool = false
  ) throws(ErrorNumber) {
    greatestLineCount = lineCount
    let (output, errors) = (try Self.pipe(), try Self.pipe())
    let drawing = hasFile ? OwnedDescriptor(linux_memory_file("drawing")) : nil
    guard !hasFile || drawing != nil else { throw .current }
    var pointers = arguments.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    let child = withExtendedLifetime((output, errors)) {
      linux_start_beside(&pointers, output.end.number, errors.end.number, drawing?.number ?? -1)
    }
    guard child > 0 else { throw ErrorNumber(rawValue: -child) }
    pid = child
    file = drawing
    outputPipe = output.start
    errorPipe = errors.start
  }

  /// A pipe that no other program gets: what is written to its end is read from its start.
  private static func pipe() throws(ErrorNumber) -> (start: OwnedDescriptor, end: OwnedDescriptor) {
    var ends: [Int32] = [-1, -1]
    guard Glibc.pipe(&ends) == 0, let start = OwnedDescriptor(ends[0]),
      let end = OwnedDescriptor(ends[1])
    else { throw .current }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (start, end)
  }

  deinit {
    guard status == nil else { return }
    signal(SIGKILL)
    reap()
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
    outputPipe = nil
    reapIfSilent()
  }

  /// Reads what is there of its errors.
  public func readErrors(_ visit: ([UInt8]) -> Void = { _ in }) {
    guard let errors else { return }
    let isOpen = Self.read(errors) { bytes in
      visit(bytes)
      errorText = Array((errorText + bytes).suffix(Self.errorLimit))
    }
    guard !isOpen else { return }
    errorPipe = nil
    reapIfSilent()
  }

  /// Its file; nil where it is longer.
  public func file(atMost limit: Int) -> [UInt8]? {
    guard let file else { return nil }
    let size = Int(lseek(file.number, 0, SEEK_END))
    guard size > 0, size <= limit else { return nil }
    var bytes = [UInt8](repeating: 0, count: size)
    return pread(file.number, &bytes, size, 0) == size ? bytes : nil
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
    if isTooLong || lines > greatestLineCount { leftOut += 1 } else { visit(line) }
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
