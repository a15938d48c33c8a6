/// A message of Protocol Buffers, which is written field by field.
public struct ProtobufMessage: Sendable {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  private mutating func append(varint number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func append(fixed number: UInt64) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// A field whose number is 0 is left out.
  public mutating func append(_ field: UInt64, _ number: UInt64) {
    guard number != 0 else { return }
    append(varint: field << 3)
    append(varint: number)
  }

  /// A field of a `oneof`, which is there also if its number is 0.
  public mutating func append(_ field: UInt64, explicit number: UInt64) {
    append(varint: field << 3)
    append(varint: number)
  }

  /// A number of eight bytes, `fixed64` or `double`, also if it is 0.
  public mutating func append(_ field: UInt64, fixed number: UInt64) {
    append(varint: field << 3 | 1)
    append(fixed: number)
  }

  /// A field of bytes or of text, also if it is empty.
  public mutating func append(_ field: UInt64, _ contents: some Collection<UInt8>) {
    append(varint: field << 3 | 2)
    append(varint: UInt64(contents.count))
    bytes += contents
  }

  public mutating func append(_ field: UInt64, _ text: String) {
    append(field, text.utf8)
  }

  public mutating func append(_ field: UInt64, _ message: ProtobufMessage) {
    append(field, message.bytes)
  }

  public mutating func append(_ field: UInt64, packed numbers: [UInt64]) {
    var inner = ProtobufMessage()
    for number in numbers { inner.append(varint: number) }
    append(field, inner)
  }

  /// Numbers of eight bytes each.
  public mutating func append(_ field: UInt64, packedFixed numbers: [UInt64]) {
    var inner = ProtobufMessage()
    for number in numbers { inner.append(fixed: number) }
    append(field, inner)
  }
}
