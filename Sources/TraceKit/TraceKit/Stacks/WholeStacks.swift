/// Stacks that are written one by one, as lists of their steps, with what was counted by them.
struct WholeStacks<Label: StackLabel, Owner: Hashable, Value> {
  private struct Key: Hashable {
    let end: UInt32
    let owner: Owner
  }

  private var paths: StackPaths<Label>
  private var keys = NumberedSet<Key>()
  private var sums = ChunkedArray<Value>()
  private let none: (owner: Owner, value: Value)

  /// - Parameters:
  ///   - none: in place of owners for which there is no room, and the value before all counting.
  ///   - room: what all may take, in bytes.
  init(none: (owner: Owner, value: Value), room: Int) {
    paths = StackPaths(root: nil, repeatsLabels: false, room: room)
    self.none = none
  }

  var count: Int { keys.count }

  var values: some Sequence<Value> { (0..<count).lazy.map { sums[$0] } }
  /// Those of the stacks, by their numbers there.
  var labels: some Sequence<Label> { paths.allLabels }

  /// - Returns: the numbers of its labels, the outermost first.
  subscript(number: Int) -> (labels: [Int], owner: Owner, value: Value) {
    let key = keys[number]
    return (paths.path(to: Int(key.end)).map { paths[$0].label }, key.owner, sums[number])
  }

  /// Counts by a stack.
  ///
  /// - Returns: whether there was room for the whole of it.
  mutating func add(
    _ labels: some Sequence<Label>, of owner: Owner, _ count: (inout Value) -> Void
  ) -> Bool {
    var (end, depth, isWhole) = (StackPaths<Label>.root, 0, true)
    for label in labels {
      let next = paths.step(from: end, to: label)
      end = next ?? paths.truncation(at: end)
      depth += 1
      isWhole = next != nil
      if !isWhole { break }
    }
    var key = Key(end: UInt32(end), owner: owner)
    if keys.number(of: key) == nil, !paths.reserve(Self.weight(depth)) {
      isWhole = false
      key = Key(end: UInt32(paths.truncation(at: StackPaths<Label>.root)), owner: none.owner)
    }
    let number = keys.insert(key)
    if number == sums.count { sums.append(none.value) }
    count(&sums[number])
    return isWhole
  }

  /// What the list takes.
  private static func weight(_ depth: Int) -> Int {
    StackPaths<Label>.stepWeight + depth * MemoryLayout<UInt64>.size
  }
}
