/// Frames as recordings have them.
extension Frame {
  private static let mark: (offset: UInt32, place: UInt32, inlined: UInt32) = (1, 2, 4)

  /// Writes what is known of it, without the address.
  func append(to writer: inout EntryWriter) {
    var marks: UInt32 = isInlined ? Self.mark.inlined : 0
    if offset != nil { marks |= Self.mark.offset }
    if place != nil { marks |= Self.mark.place }
    writer.number(marks)
    writer.text(Array(name.utf8))
    writer.number(offset ?? 0)
    writer.text(Array((place?.file ?? "").utf8))
    writer.number(place?.line ?? 0)
  }

  /// Nil where it is damaged.
  init?(_ reader: inout EntryReader, at address: UInt64, isKernel: Bool) {
    guard let marks = reader.number(UInt32.self), let name = reader.string(),
      let offset = reader.number(UInt64.self), let file = reader.string(),
      let line = reader.number(UInt32.self)
    else { return nil }
    self.init(
      name: name, address: address, isKernel: isKernel,
      offset: marks & Self.mark.offset != 0 ? offset : nil,
      place: marks & Self.mark.place != 0 ? SourcePlace(file: file, line: line) : nil,
      isInlined: marks & Self.mark.inlined != 0)
  }

  /// The bytes of the frames at an address.
  static func recorded(_ frames: [Frame]) -> [UInt8] {
    var writer = EntryWriter()
    for frame in frames { frame.append(to: &writer) }
    return writer.bytes
  }

  /// The recorded frames at an address; one with the address for a name where there are none.
  static func list(_ bytes: [UInt8]?, at address: UInt64, isKernel: Bool) -> [Frame] {
    var reader = EntryReader(bytes ?? [])
    var frames: [Frame] = []
    while !reader.isAtEnd, frames.count < mostInlined,
      let frame = Frame(&reader, at: address, isKernel: isKernel)
    {
      frames.append(frame)
    }
    let unknown = isKernel ? Symbolizer.hexadecimal(address) : Symbolizer.unknown
    return frames.isEmpty ? [Frame(name: unknown, address: address, isKernel: isKernel)] : frames
  }

  /// More functions than can be inlined at one address.
  private static let mostInlined = 256
}
