/// The file of a recording.
///
/// It begins with a signature of 8 bytes, the byte order (the number 0x01020304 as the machine
/// writes it) and the version of the format. Blocks follow, each with a header of 16 bytes: its
/// kind, the bytes and the entries in it, and a checksum of both and of these bytes. An entry is
/// made of numbers of 32 or 64 bits and of texts with their lengths before them. A reader ignores
/// kinds of blocks, facts and counts that it does not know, so that later programs can add some.
enum RecordingFormat {
  static let signature = Array("\u{7f}sbtrec\n".utf8)
  static let byteOrder: UInt32 = 0x0102_0304
  /// What a file needs of its reader: raised where an older program could not read the file
  /// correctly.
  enum Version: UInt32 {
    case rows = 1
    /// Frames and stacks by numbers.
    case stacks = 2
  }
  /// The newest.
  static let version = Version.stacks.rawValue
  static let headerSize = 16
  static let blockHeaderSize = 16
  /// No block is larger: what a reader needs at once.
  static let mostBytes = 16 << 20

  /// What a block holds.
  enum Kind: UInt32 {
    /// What the reader must know first: texts by their names.
    case facts = 1
    /// Answers of the machine that the following events need.
    case lookups = 2
    /// The answers, frames and stacks so far are no longer needed.
    case forget = 3
    /// How the kernel's clock relates to the time of day from now on.
    case clock = 4
    /// The bytes of events as the programs wrote them.
    case events = 5
    /// The run's counts, at its end.
    case account = 6
    /// Rows of an interval.
    case rows = 7
    /// The end of an interval, whose rows come before it.
    case interval = 8
    /// Frames, whose numbers go on from those before them.
    case frames = 9
    /// Stacks of such frames, with numbers in the same way.
    case stacks = 10
    /// What was counted by such stacks in an interval, the most first.
    case samples = 11
    /// What a run reported of itself.
    case notes = 12
  }

  static func checksum(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt32 {
    let sum = sum(bytes, seed: seed)
    return UInt32(truncatingIfNeeded: sum ^ sum >> 32)
  }

  /// Odd, and its bits are even: 2 to the power of 64 by the golden ratio.
  static let factor: UInt64 = 0x9e37_79b9_7f4a_7c15

  /// Words at a time, since every byte of every event goes through it.
  static func sum(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
    var sum = seed &* factor
    var place = 0
    while place + 8 <= bytes.count {
      sum = (sum ^ bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)) &* factor
      sum ^= sum >> 29
      place += 8
    }
    while place < bytes.count {
      sum = (sum ^ UInt64(bytes[place])) &* factor
      sum ^= sum >> 29
      place += 1
    }
    return sum
  }
}

/// The header of a block.
struct RecordingBlock {
  var kind: UInt32
  var size: UInt32
  var entries: UInt32
  var checksum: UInt32 = 0

  /// That of the block with this content.
  func sum(_ content: UnsafeRawBufferPointer) -> UInt32 {
    let place = UInt64(kind) << 32 | UInt64(size)
    return RecordingFormat.checksum(
      content, seed: place &+ UInt64(entries) &* RecordingFormat.factor)
  }

  static func numbers(_ bytes: [UInt8], from offset: Int) -> [UInt32] {
    bytes.withUnsafeBytes { bytes in
      stride(from: offset, to: bytes.count - 3, by: 4).map {
        bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self)
      }
    }
  }
}

/// Bytes of entries that are being written.
struct EntryWriter {
  private(set) var bytes: [UInt8] = []
  private(set) var count = 0

  mutating func number<Number: BitwiseCopyable>(_ number: Number) {
    withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
  }

  mutating func text(_ text: UnsafeRawBufferPointer) {
    number(UInt32(text.count))
    bytes.append(contentsOf: text)
  }

  mutating func text(_ text: [UInt8]) { text.withUnsafeBytes { self.text($0) } }

  mutating func endEntry() { count += 1 }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    count = 0
  }
}

/// Bytes of entries that are being read. What somebody else has written may end anywhere.
struct EntryReader {
  private let bytes: [UInt8]
  private(set) var place = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { place == bytes.count }

  mutating func number<Number: BitwiseCopyable>(_ type: Number.Type) -> Number? {
    guard bytes.count - place >= MemoryLayout<Number>.size else { return nil }
    defer { place += MemoryLayout<Number>.size }
    return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: type) }
  }

  /// Where the next text is.
  mutating func range() -> Range<Int>? {
    guard let size = number(UInt32.self), bytes.count - place >= Int(size) else { return nil }
    defer { place += Int(size) }
    return place..<place + Int(size)
  }

  mutating func text() -> [UInt8]? { range().map { Array(bytes[$0]) } }

  mutating func string() -> String? { text().map { String(decoding: $0, as: UTF8.self) } }

  /// The bytes at some places.
  func withBytes<Result>(
    _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }
}
