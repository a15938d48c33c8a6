/// The frames at an address as a recording has them.
extension Frame {
  private static let mark: (offset: UInt32, place: UInt32, inlined: UInt32) = (1, 2, 4)

  /// Their bytes, without the address.
  static func recorded(_ frames: [Frame]) -> [UInt8] {
    var writer = EntryWriter()
    for frame in frames {
      var marks: UInt32 = frame.isInlined ? mark.inlined : 0
      if frame.offset != nil { marks |= mark.offset }
      if frame.place != nil { marks |= mark.place }
      writer.number(marks)
      writer.text(Array(frame.name.utf8))
      writer.number(frame.offset ?? 0)
      writer.text(Array((frame.place?.file ?? "").utf8))
      writer.number(frame.place?.line ?? 0)
    }
    return writer.bytes
  }

  /// The recorded frames at an address; one with the address for a name where there are none.
  static func list(_ bytes: [UInt8]?, at address: UInt64, isKernel: Bool) -> [Frame] {
    var reader = EntryReader(bytes ?? [])
    var frames: [Frame] = []
    while !reader.isAtEnd, frames.count < mostInlined {
      guard let marks = reader.number(UInt32.self), let name = reader.string(),
        let offset = reader.number(UInt64.self), let file = reader.string(),
        let line = reader.number(UInt32.self)
      else { break }
      frames.append(
        Frame(
          name: name, address: address, isKernel: isKernel,
          offset: marks & mark.offset != 0 ? offset : nil,
          place: marks & mark.place != 0 ? SourcePlace(file: file, line: line) : nil,
          isInlined: marks & mark.inlined != 0))
    }
    let unknown = isKernel ? Symbolizer.hexadecimal(address) : Symbolizer.unknown
    return frames.isEmpty ? [Frame(name: unknown, address: address, isKernel: isKernel)] : frames
  }

  /// More functions than can be inlined at one address.
  private static let mostInlined = 256
}
