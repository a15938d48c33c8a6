import CLibdw
import Wire

/// The rows of a file, as its reader answers them.
enum UnwindRows {
  /// - Parameter base: the file's own address that places are counted from.
  case some(base: UInt64, [unwind_row])
  case none
  /// What they are made of is larger than was asked.
  case tooLarge

  /// One answer of several.
  struct Part {
    let base: UInt64
    let total: Int
    let rows: [unwind_row]

    /// No file has more.
    private static let most: UInt64 = 16 << 20

    /// Nil where the answer has another form, or would lead to no end.
    init?(_ answer: UnsafeRawBufferPointer, after count: Int) {
      let headSize = MemoryLayout<reader_unwind>.size
      guard answer.count > headSize else { return nil }
      let head = answer.loadUnaligned(as: reader_unwind.self)
      let rows = (answer.count - headSize) / MemoryLayout<unwind_row>.size
      guard rows > 0, head.size <= Self.most, rows <= Int(head.size) - count else { return nil }
      base = head.base
      total = Int(head.size)
      self.rows = (0..<rows).map { index in
        answer.loadUnaligned(
          fromByteOffset: headSize + index * MemoryLayout<unwind_row>.size, as: unwind_row.self)
      }
    }
  }
}
