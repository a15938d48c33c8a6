/// An array that grows without being copied.
struct ChunkedArray<Element> {
  private static var bits: Int { 12 }

  private var chunks: [[Element]] = []
  private(set) var count = 0

  subscript(index: Int) -> Element {
    get { chunks[index >> Self.bits][index & (1 << Self.bits - 1)] }
    set { chunks[index >> Self.bits][index & (1 << Self.bits - 1)] = newValue }
  }

  mutating func append(_ element: Element) {
    if count >> Self.bits == chunks.count {
      chunks.append([])
      // Many stay small.
      if chunks.count > 1 { chunks[chunks.count - 1].reserveCapacity(1 << Self.bits) }
    }
    chunks[chunks.count - 1].append(element)
    count += 1
  }
}
