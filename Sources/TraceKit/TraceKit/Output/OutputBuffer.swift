import Glibc

/// Bytes on their way to a descriptor.
///
/// All text of a tool is formatted into one of these and written in one call
/// for each batch; nothing is allocated for an event.
public final class OutputBuffer {
  // Each byte of output passes here, and the check of exclusive access took a
  // third of the time of a row.
  @exclusivity(unchecked) private var bytes: UnsafeMutablePointer<UInt8>
  @exclusivity(unchecked) private var capacity: Int
  @exclusivity(unchecked) public private(set) var count = 0

  /// This many bytes after the capacity may be written too: to copy a short text of
  /// any length takes one step then.
  static let slack = MemoryLayout<Piece>.size
  private typealias Piece = SIMD32<UInt8>

  public init(capacity: Int = 64 * 1024) {
    self.capacity = capacity
    bytes = .allocate(capacity: capacity + Self.slack)
  }

  deinit {
    bytes.deallocate()
  }

  public func removeAll() {
    count = 0
  }

  /// The bytes so far, valid during the call.
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows
    -> Result
  {
    try body(UnsafeRawBufferPointer(start: bytes, count: count))
  }

  @inline(__always)
  private func reserve(_ more: Int) {
    if count + more > capacity { grow(more) }
  }

  @inline(never)
  private func grow(_ more: Int) {
    let larger = max(capacity * 2, count + more)
    let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger + Self.slack)
    moved.update(from: bytes, count: count)
    bytes.deallocate()
    bytes = moved
    capacity = larger
  }

  @inline(__always)
  public func append(byte: UInt8) {
    reserve(1)
    bytes[count] = byte
    count += 1
  }

  public func append(bytes source: UnsafeRawBufferPointer) {
    guard let base = source.baseAddress else { return }
    reserve(source.count)
    memcpy(bytes + count, base, source.count)
    count += source.count
  }

  public func append(_ text: StaticString) {
    append(bytes: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  public func append(_ text: String) {
    var text = text
    text.withUTF8 { append(bytes: UnsafeRawBufferPointer($0)) }
  }

  public func append(spaces: Int) { append(byte: 0x20, times: spaces) }

  private func append(byte: UInt8, times: Int) {
    guard times > 0 else { return }
    reserve(times)
    memset(bytes + count, Int32(byte), times)
    count += times
  }

  /// At most as many bytes as a piece has, after which a whole piece may be read.
  @inline(__always)
  private func append(piece source: UnsafeRawPointer, count length: Int) {
    reserve(length)
    UnsafeMutableRawPointer(bytes + count).storeBytes(
      of: source.loadUnaligned(as: Piece.self), as: Piece.self)
    count &+= length
  }

  /// The bytes of a text that was made once.
  @inline(__always)
  func append(_ literal: Literal) {
    append(piece: literal.start, count: literal.head)
    if literal.head < literal.count { append(tailOf: literal) }
  }

  @inline(never)
  private func append(tailOf literal: Literal) {
    append(
      bytes: UnsafeRawBufferPointer(
        start: literal.start + literal.head, count: literal.count - literal.head))
  }

  /// What a short buffer has.
  func append(short other: OutputBuffer) { append(piece: other.bytes, count: other.count) }

  /// A number in a base from 2 to 16, with leading zeros up to `digits`.
  public func append(_ number: UInt64, base: UInt64, digits: Int = 1) {
    // A division by a number that is known is a multiplication.
    if base == 16 {
      append(number, digits: digits) { $0.quotientAndRemainder(dividingBy: 16) }
    } else {
      append(number, digits: digits) { $0.quotientAndRemainder(dividingBy: base) }
    }
  }

  private static let digitPairs: StaticString = """
    00010203040506070809101112131415161718192021222324252627282930313233343536373839\
    40414243444546474849505152535455565758596061626364656667686970717273747576777879\
    8081828384858687888990919293949596979899
    """

  /// How many decimal digits a number has: most have few.
  @inline(__always)
  private static func length(of number: UInt64) -> Int {
    var (length, limit): (Int, UInt64) = (2, 100)
    while number >= limit, length < 18 {
      length += 2
      limit = limit &* 100
    }
    if number >= limit { return number >= 10 &* limit ? 20 : 19 }
    return number < limit / 10 ? length - 1 : length
  }

  /// A decimal number, with leading zeros up to `digits`.
  public func append(_ number: UInt64, digits: Int = 1) {
    if number < 10, digits <= 1 {
      return append(byte: 0x30 + UInt8(truncatingIfNeeded: number))
    }
    let length = Self.length(of: number)
    if length < digits { append(byte: 0x30, times: digits - length) }
    reserve(length)
    var place = UnsafeMutableRawPointer(bytes + count + length)
    var rest = number
    while rest >= 10 {
      let (quotient, pair) = rest.quotientAndRemainder(dividingBy: 100)
      place -= 2
      place.storeBytes(
        of: UnsafeRawPointer(Self.digitPairs.utf8Start).loadUnaligned(
          fromByteOffset: 2 * Int(pair), as: UInt16.self), as: UInt16.self)
      rest = quotient
    }
    // An odd number of digits leaves one.
    if place > UnsafeMutableRawPointer(bytes + count) {
      bytes[count] = 0x30 + UInt8(truncatingIfNeeded: rest)
    }
    count += length
  }

  /// Appends the characters that a text begins with and that stand for themselves in
  /// every format.
  ///
  /// - Returns: how many they are.
  func append(plainStartOf text: UnsafeRawBufferPointer) -> Int {
    var done = 0
    while done < text.count {
      // They are copied first, since a word may not be read beyond the text, but here.
      let length = min(text.count - done, Self.slack)
      reserve(length)
      let room = UnsafeMutableRawPointer(bytes + count)
      memcpy(room, text.baseAddress! + done, length)
      for start in stride(from: 0, to: length, by: 8) {
        let word = UInt64(
          littleEndian: room.loadUnaligned(fromByteOffset: start, as: UInt64.self))
        let place = start + Self.plainBytes(word)
        guard place < start + 8, place < length else { continue }
        count += place
        return done + place
      }
      count += length
      done += length
    }
    return done
  }

  /// How many bytes of a word, from the lowest on, are ASCII and neither controls nor
  /// quotation marks nor backslashes.
  private static func plainBytes(_ word: UInt64) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    /// Marks the bytes that are less, at least the lowest of them.
    func less(_ word: UInt64, than bound: UInt64) -> UInt64 { (word &- ones &* bound) & ~word }
    let marks =
      word | less(word, than: 0x20) | less(word ^ (ones &* 0x22), than: 1)
      | less(word ^ (ones &* 0x5c), than: 1) | less(word ^ (ones &* 0x7f), than: 1)
    return (marks & (ones &* 0x80)).trailingZeroBitCount / 8
  }

  @inline(__always)
  private func append(
    _ number: UInt64, digits: Int, _ divide: (UInt64) -> (quotient: UInt64, remainder: UInt64)
  ) {
    reserve(max(64, digits))
    var rest = number
    var length = 0
    repeat {
      let (quotient, remainder) = divide(rest)
      let digit = UInt8(truncatingIfNeeded: remainder)
      bytes[count + length] = digit < 10 ? 0x30 + digit : 0x61 + digit - 10
      rest = quotient
      length += 1
    } while rest > 0 || length < digits
    var (left, right) = (count, count + length - 1)
    while left < right {
      (bytes[left], bytes[right]) = (bytes[right], bytes[left])
      left += 1
      right -= 1
    }
    count += length
  }

  public func append(_ number: Int64) {
    if number < 0 { append(byte: 0x2d) }
    append(number.magnitude)
  }

  /// A number of `unit`ths with this many decimals, such as 1234 thousandths as
  /// "1.234".
  public func append(_ number: UInt64, per unit: UInt64, decimals: Int) {
    append(number / unit)
    guard decimals > 0 else { return }
    append(byte: 0x2e)
    append(number % unit, digits: decimals)
  }

  /// Fills what was written since `start` up to a width, counted in characters.
  public func pad(from start: Int, to width: Int, alignment: Alignment) {
    let missing = width - characters(from: start)
    guard missing > 0 else { return }
    append(spaces: missing)
    guard alignment == .right else { return }
    memmove(bytes + start + missing, bytes + start, count - start - missing)
    memset(bytes + start, 0x20, missing)
  }

  /// Cuts what was written since `start` down to a width in characters.
  func truncate(from start: Int, to width: Int) {
    var characters = 0
    for index in start..<count where bytes[index] & 0xc0 != 0x80 {
      characters += 1
      if characters > width {
        count = index
        return
      }
    }
  }

  private func characters(from start: Int) -> Int {
    var characters = 0
    // A byte that continues a UTF-8 sequence is no character of its own.
    for index in start..<count where bytes[index] & 0xc0 != 0x80 { characters += 1 }
    return characters
  }
}

/// Text of this program that is written often: bytes that stay where they are.
final class Literal {
  let start: UnsafeRawPointer
  let count: Int
  /// How much of it is written in one step.
  let head: Int

  init(_ text: String) {
    count = text.utf8.count
    head = min(count, OutputBuffer.slack)
    // Zeros after it, so that it is read in pieces.
    let copy = UnsafeMutableRawBufferPointer.allocate(
      byteCount: count + OutputBuffer.slack, alignment: 1)
    _ = copy.initializeMemory(as: UInt8.self, repeating: 0)
    copy.copyBytes(from: text.utf8)
    start = UnsafeRawPointer(copy.baseAddress!)
  }

  deinit { start.deallocate() }
}

/// On which side of its column a value is placed.
public enum Alignment: Sendable {
  case left
  case right
}
