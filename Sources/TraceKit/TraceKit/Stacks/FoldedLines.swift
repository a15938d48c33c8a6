/// Folded stacks with their values. Those that read the same are one line: processes of one
/// name do.
struct FoldedLines {
  /// The texts of frames, as they are written.
  private var texts = NumberedSet<[UInt8]>()
  private var names: [String: UInt64] = [:]
  /// The lines, by the numbers of their texts.
  private var tree = StackTree()
  private var lines = NumberedSet<StackTree.Place>()
  private var values = ChunkedArray<UInt64>()

  private var textBytes = 0

  /// How many texts are kept, and bytes of them.
  private static let room = (texts: 1 << 20, bytes: 1 << 26)

  /// Adds to the value of a line.
  ///
  /// - Parameters:
  ///   - comm: comes first; nil: nothing does.
  ///   - path: the names of the frames, the outermost first.
  /// - Returns: whether there was room.
  mutating func add(comm: [UInt8]?, path: [String], _ value: UInt64) -> Bool {
    guard texts.count + path.count < Self.room.texts, textBytes < Self.room.bytes else {
      return false
    }
    var line: [UInt64] = []
    line.reserveCapacity(path.count + 1)
    if let comm, !comm.isEmpty { line.append(text(comm)) }
    for name in path {
      let number = names[name] ?? text(Array(name.utf8))
      names[name] = number
      // Nothing is between nothing and what follows.
      if !line.isEmpty || !texts[Int(number)].isEmpty { line.append(number) }
    }
    guard let place = tree.add(line.reversed()) else { return false }
    let number = lines.insert(place)
    if number == values.count {
      values.append(value)
    } else {
      values[number] += value
    }
    return true
  }

  private mutating func text(_ name: [UInt8]) -> UInt64 {
    let out = OutputBuffer(capacity: 2 * name.count)
    out.append(foldedPart: name)
    let known = texts.count
    let number = texts.insert(out.withBytes { Array($0) })
    if number == known { textBytes += out.count }
    return UInt64(number)
  }

  /// Writes the lines in the order in which they came.
  ///
  /// - Parameter pause: is called after each. It may write out what is in the buffer.
  func write(to out: OutputBuffer, pause: () throws -> Void) rethrows {
    for number in 0..<lines.count {
      let line = tree.stack(at: lines[number]).addresses.reversed()
      for (index, text) in line.enumerated() {
        if index > 0 { out.append(";") }
        texts[Int(text)].withUnsafeBytes { out.append(bytes: $0) }
      }
      out.append(" \(values[number])\n")
      try pause()
    }
  }
}
