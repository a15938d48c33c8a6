import CLibdw
import Glibc

/// The process that reads the files of traced processes (`reader.h`). What it answers is
/// as hostile as the files are.
final class SymbolReader {
  /// The process crashed, stalled, or answered out of turn. It is of no more use.
  struct Broken: Error {}

  /// How long a request may take: of the CPU, and in all, which is generous since the
  /// machine may be loaded.
  struct Patience {
    let cpu: UInt32
    let wait: UInt32

    static let start = Patience(cpu: 10_000, wait: 60_000)
    static let look = Patience(cpu: 1_000, wait: 10_000)
    static let load = Patience(cpu: 8_000, wait: 20_000)
    static let name = Patience(cpu: 100, wait: 10_000)
  }

  struct Answer {
    let status: Int32
    let count: Int
    let body: [UInt8]
  }

  private var process = reader()
  /// Whether libdw is installed.
  private(set) var isComplete = false
  private var packet = [UInt8](repeating: 0, count: Int(READER_PACKET))

  /// - Throws: ``ToolError`` where no process can be made, ``Broken`` where it does not
  ///   answer.
  init() throws {
    let error = reader_start(&process)
    guard error == 0 else {
      throw ToolError(
        .failure, "cannot start the reader of symbols: \(ErrorNumber(rawValue: error))")
    }
    isComplete = try receive(READER_HELLO, file: 0, .start).status != 0
  }

  deinit { reader_end(&process) }

  /// Sends a request and waits for its answer.
  ///
  /// - Parameters:
  ///   - want: opens the file of debug information of a name, for the attempt of a number.
  func ask(
    _ kind: reader_kind, file: UInt32, count: Int = 0, _ body: some Collection<UInt8> = [],
    descriptor: Int32 = -1, _ patience: Patience = .look,
    want: (_ link: [UInt8], _ attempt: Int) -> OwnedDescriptor? = { _, _ in nil }
  ) throws(Broken) -> Answer {
    try send(kind, file: file, count: count, body, descriptor: descriptor)
    while true {
      let (kind, answer) = try receive(from: [kind, READER_WANT], file: file, patience)
      guard kind == READER_WANT else { return answer }
      let found = want(answer.body, answer.count)
      try send(READER_GIVE, file: file, count: 0, [], descriptor: found?.number ?? -1)
    }
  }

  private func send(
    _ kind: reader_kind, file: UInt32, count: Int, _ body: some Collection<UInt8>,
    descriptor: Int32
  ) throws(Broken) {
    let head = reader_head(
      kind: kind.rawValue, file: file, count: UInt32(clamping: count), status: 0)
    let bytes = withUnsafeBytes(of: head) { Array($0) } + body
    guard bytes.count <= packet.count,
      reader_send(&process, bytes, bytes.count, descriptor) == 0
    else { throw Broken() }
  }

  private func receive(
    _ kind: reader_kind, file: UInt32, _ patience: Patience
  ) throws(Broken) -> Answer {
    try receive(from: [kind], file: file, patience).1
  }

  private func receive(
    from kinds: [reader_kind], file: UInt32, _ patience: Patience
  ) throws(Broken) -> (reader_kind, Answer) {
    let size = reader_receive(
      &process, &packet, packet.count, patience.cpu, patience.wait)
    let headSize = MemoryLayout<reader_head>.size
    guard size >= headSize, size <= packet.count else { throw Broken() }
    let head = packet.withUnsafeBytes { $0.loadUnaligned(as: reader_head.self) }
    guard let kind = kinds.first(where: { $0.rawValue == head.kind }), head.file == file else {
      throw Broken()
    }
    return (
      kind,
      Answer(
        status: head.status, count: Int(head.count), body: Array(packet[headSize..<size]))
    )
  }
}
