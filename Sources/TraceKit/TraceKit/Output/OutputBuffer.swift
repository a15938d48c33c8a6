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

  public init(capacity: Int = 64 * 1024) {
    self.capacity = capacity
    bytes = .allocate(capacity: capacity)
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
    let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
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

  /// The bytes of a text that was made once.
  func append(_ literal: Literal) { append(bytes: literal.bytes) }

  /// A number in a base from 2 to 16, with leading zeros up to `digits`.
  public func append(_ number: UInt64, base: UInt64 = 10, digits: Int = 1) {
    // A division by a number that is known is a multiplication.
    switch base {
    case 10: append(decimal: number, digits: digits)
    case 16: append(number, digits: digits) { $0.quotientAndRemainder(dividingBy: 16) }
    default: append(number, digits: digits) { $0.quotientAndRemainder(dividingBy: base) }
    }
  }

  private static let digitPairs: StaticString = """
    00010203040506070809101112131415161718192021222324252627282930313233343536373839\
    40414243444546474849505152535455565758596061626364656667686970717273747576777879\
    8081828384858687888990919293949596979899
    """

  private func append(decimal number: UInt64, digits: Int) {
    var length = 1
    var limit: UInt64 = 10
    while length < 20, number >= limit {
      length += 1
      limit = limit &* 10
    }
    if length < digits { append(byte: 0x30, times: digits - length) }
    reserve(length)
    var place = count + length
    var rest = number
    while rest >= 10 {
      let (quotient, pair) = rest.quotientAndRemainder(dividingBy: 100)
      place -= 2
      memcpy(bytes + place, Self.digitPairs.utf8Start + 2 * Int(pair), 2)
      rest = quotient
    }
    // An odd number of digits leaves one.
    if place > count { bytes[count] = 0x30 + UInt8(truncatingIfNeeded: rest) }
    count += length
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

  /// A number of `unit`ths with so many decimals, such as 1234 thousandths as
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
  let bytes: UnsafeRawBufferPointer

  init(_ text: String) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: text.utf8.count, alignment: 1)
    copy.copyBytes(from: text.utf8)
    bytes = UnsafeRawBufferPointer(copy)
  }

  deinit { bytes.deallocate() }
}

/// On which side of its column a value stands.
public enum Alignment: Sendable {
  case left
  case right
}
