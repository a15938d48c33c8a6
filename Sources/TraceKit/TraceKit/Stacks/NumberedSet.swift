/// Different elements, numbered in the order in which they came.
struct NumberedSet<Element: Hashable> {
  private var kept = ChunkedArray<Element>()
  private var index = HashIndex()

  var count: Int { kept.count }
  var elements: some Sequence<Element> { (0..<count).lazy.map { kept[$0] } }

  subscript(number: Int) -> Element { kept[number] }

  func number(of element: Element) -> Int? {
    index.find(Self.hash(element)) { kept[$0] == element }
  }

  /// - Returns: the number of the element, which is the last one where it is new.
  mutating func insert(_ element: Element) -> Int {
    let hash = Self.hash(element)
    if let known = index.find(hash, where: { kept[$0] == element }) { return known }
    kept.append(element)
    index.insert(count - 1, hash) { [kept] in Self.hash(kept[$0]) }
    return count - 1
  }

  private static func hash(_ element: Element) -> UInt64 {
    UInt64(truncatingIfNeeded: element.hashValue)
  }
}
