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

  /// What a reader finds.
  struct Found {
    /// The whole events, the newest first.
    var whole: [Event] = []
    /// How many older ones there were.
    var overwritten: UInt64 = 0
    /// Up to where it has read now.
    var mark: Mark
  }

  /// Up to where a reader has read: the number and the position of a record.
  struct Mark: Equatable {
    var number: UInt64 = 0
    var position: UInt64 = 0
  }

  /// - Parameter mark: up to where the reader has read before.
  func events(after mark: Mark = Mark()) -> Found {
    let capacity = UInt64(pageCount) * UInt64(RECORDER_PAGE)
    let headerSize = MemoryLayout<recorder_header>.size
    var found = Found(mark: mark)
    // The number of the record at the position; it is missing when that is not whole.
    var (position, number) = (state.last, state.count)
    while number > mark.number, position <= head, head - position <= capacity, position % 8 == 0 {
      let index = Int(position / UInt64(RECORDER_PAGE) % UInt64(pageCount))
      let offset = Int(position % UInt64(RECORDER_PAGE))
      guard let page = page(index), page.count >= offset + headerSize else { break }
      let header = page.loadUnaligned(fromByteOffset: offset, as: recorder_header.self)
      // The count, which was read after the position, was increased after it too.
      if found.whole.isEmpty, header.number > 0, header.number - 1 <= state.count {
        number = header.number
        guard number > mark.number else { break }
      }
      let start = offset + headerSize, size = Int(header.size)
      guard header.number == number, size >= MemoryLayout<UInt64>.size, size <= page.count - start
      else { break }
      let time = page.loadUnaligned(fromByteOffset: start, as: UInt64.self)
      if found.whole.isEmpty { found.mark = Mark(number: number, position: position) }
      found.whole.append(Event(time: time, page: index, offset: start, size: size))
      number -= 1
      let back = UInt64(header.back) * 8
      guard back > 0, back <= position else { break }
      position -= back
    }
    guard number > mark.number else { return found }
    found.overwritten = number - mark.number
    if found.whole.isEmpty { found.mark = Mark(number: number, position: state.last) }
    return found
  }
}
