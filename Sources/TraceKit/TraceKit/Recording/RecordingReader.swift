import Glibc

/// Reads a recording block by block. Whatever is in the file, it takes bounded memory.
final class RecordingReader {
  /// A block whose checksum is right.
  struct Block {
    let kind: RecordingFormat.Kind?
    let content: [UInt8]
  }

  let path: String
  let facts: RecordingFacts
  private let file: OwnedDescriptor
  private let size: Int
  private var place: Int
  /// Where the blocks after the facts begin.
  private let first: Int
  /// Why the reading ended before the end of the file; nil: it did not.
  private(set) var damage: String?

  /// - Throws: ``ToolError`` where it cannot be read or is no recording that can be read here.
  init(_ path: String) throws {
    self.path = path
    guard let file = OwnedDescriptor(open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)),
      let status = file.status
    else {
      throw ToolError(.failure, "--replay: cannot open '\(path)': \(ErrorNumber.current)")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw ToolError(.usage, "--replay: '\(path)' is not a regular file")
    }
    self.file = file
    size = Int(status.st_size)
    let start = Self.read(file, at: 0, count: RecordingFormat.headerSize)
    try Self.check(start, of: path)
    place = Int(RecordingFormat.headerSize)
    guard let facts = Self.block(of: file, at: &place, size: size),
      facts.kind == .facts, let facts = RecordingFacts(facts.content)
    else {
      throw ToolError(.failure, "--replay: '\(path)' ends before its first event")
    }
    self.facts = facts
    first = place
  }

  private static func check(_ start: [UInt8]?, of path: String) throws {
    let signature = RecordingFormat.signature
    guard let start, Array(start.prefix(signature.count)) == signature else {
      throw ToolError(.usage, "--replay: '\(path)' is not a recording")
    }
    let numbers = RecordingBlock.numbers(start, from: signature.count)
    guard numbers[0] == RecordingFormat.byteOrder else {
      throw ToolError(
        .failure, "--replay: '\(path)' was recorded on a machine with another byte order")
    }
    guard (1...RecordingFormat.version).contains(numbers[1]) else {
      throw ToolError(
        .failure,
        "--replay: '\(path)' has version \(numbers[1]) of the format, and this program reads "
          + "versions up to \(RecordingFormat.version): use a newer one")
    }
  }

  /// Starts again with the first block after the facts.
  func rewind() {
    place = first
    damage = nil
  }

  var isAtEnd: Bool { place >= size || damage != nil }

  /// The next block; nil at the end of those that can be read.
  func next() -> Block? {
    guard !isAtEnd else { return nil }
    let start = place
    guard let block = Self.block(of: file, at: &place, size: size) else {
      place = start
      damage = "ends in the middle of a block at byte \(start)"
      return nil
    }
    return block
  }

  /// Visits the blocks of some kinds, and passes over the others without reading them.
  func scan(
    _ kinds: Set<RecordingFormat.Kind>, _ visit: (RecordingFormat.Kind, [UInt8]) throws -> Void
  ) rethrows {
    defer { rewind() }
    while !isAtEnd, let header = Self.header(of: file, at: place, size: size) {
      let kind = RecordingFormat.Kind(rawValue: header.kind)
      if let kind, kinds.contains(kind) {
        guard let block = next() else { return }
        try visit(kind, block.content)
      } else {
        place += Int(RecordingFormat.blockHeaderSize) + Int(header.size)
      }
    }
  }

  // MARK: - Bytes

  private static func header(
    of file: OwnedDescriptor, at place: Int, size: Int
  ) -> RecordingBlock? {
    guard let bytes = read(file, at: place, count: RecordingFormat.blockHeaderSize) else {
      return nil
    }
    let numbers = RecordingBlock.numbers(bytes, from: 0)
    let block = RecordingBlock(
      kind: numbers[0], size: numbers[1], entries: numbers[2], checksum: numbers[3])
    let rest = size - place - Int(RecordingFormat.blockHeaderSize)
    guard block.size <= RecordingFormat.mostBytes, Int(block.size) <= rest else { return nil }
    return block
  }

  private static func block(
    of file: OwnedDescriptor, at place: inout Int, size: Int
  ) -> Block? {
    guard let header = header(of: file, at: place, size: size) else { return nil }
    let start = place + Int(RecordingFormat.blockHeaderSize)
    guard let content = read(file, at: start, count: Int(header.size)),
      content.withUnsafeBytes({ header.sum($0) }) == header.checksum
    else { return nil }
    place = start + Int(header.size)
    return Block(kind: .init(rawValue: header.kind), content: content)
  }

  /// So many bytes; nil where there are fewer.
  private static func read(_ file: OwnedDescriptor, at place: Int, count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let more = bytes.withUnsafeMutableBytes {
        pread(file.number, $0.baseAddress! + done, count - done, place + Int(done))
      }
      if more < 0, ErrorNumber.current == .interrupted { continue }
      guard more > 0 else { return nil }
      done += more
    }
    return bytes
  }
}
