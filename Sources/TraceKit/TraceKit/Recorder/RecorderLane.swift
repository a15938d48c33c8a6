import Wire

/// A lane of one CPU as it was copied while programs may have written to it.
struct RecorderLane {
  /// A whole event.
  struct Event: Equatable {
    let time: UInt64
    let page: Int
    /// In the page.
    let offset: Int
    let size: Int
  }

  /// What it says of itself, read before the pages.
  let state: recorder_lane
  /// Before this position something was written until all was copied.
  let head: UInt64
  /// How many pages it has.
  let pageCount: Int
  /// The copy of a page with the room at its end; nil where it was not copied.
  let page: (Int) -> UnsafeRawBufferPointer?

  /// The whole events, the newest first, and how many older ones there were.
  func events() -> (whole: [Event], overwritten: UInt64) {
    let capacity = UInt64(pageCount) * UInt64(RECORDER_PAGE)
    let headerSize = MemoryLayout<recorder_header>.size
    var events: [Event] = []
    // The number of the record at the position; so many are missing when that is not whole.
    var (position, number) = (state.last, state.count)
    while number > 0, position <= head, head - position <= capacity, position % 8 == 0 {
      let index = Int(position / UInt64(RECORDER_PAGE) % UInt64(pageCount))
      let offset = Int(position % UInt64(RECORDER_PAGE))
      guard let page = page(index), page.count >= offset + headerSize else { break }
      let header = page.loadUnaligned(fromByteOffset: offset, as: recorder_header.self)
      // The count, which was read after the position, was increased after it too.
      if events.isEmpty, header.number > 0, header.number - 1 <= state.count {
        number = header.number
      }
      let start = offset + headerSize, size = Int(header.size)
      guard header.number == number, size >= MemoryLayout<UInt64>.size, size <= page.count - start
      else { break }
      let time = page.loadUnaligned(fromByteOffset: start, as: UInt64.self)
      events.append(Event(time: time, page: index, offset: start, size: size))
      number -= 1
      let back = UInt64(header.back) * 8
      guard back > 0, back <= position else { break }
      position -= back
    }
    return (events, number)
  }
}
