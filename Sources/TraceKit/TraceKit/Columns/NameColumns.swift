public import Wire

extension name_event: EventLayout {
  /// Whether something happened to a second name too.
  fileprivate var hasTwoNames: Bool {
    [NAME_RENAMED, NAME_EXCHANGED].contains(Int32(truncatingIfNeeded: kind))
  }

  fileprivate var isCut: Bool { path.cut != 0 || new_path.cut != 0 }
}

extension Column where Row == Record<name_event> {
  /// The name of a file and, where it is renamed, the new one.
  ///
  /// - Parameter isFull: with the directories, or else the name alone.
  public static func fileName(isFull: Bool) -> Column {
    Column("file", "FILE", width: 0) {
      $1.name(of: $0, isFull: isFull)
      guard $1.format == .table, $0.event.hasTwoNames else { return }
      $1.out.append(" > ")
      $1.newName(of: $0, isFull: isFull)
    }
  }

  public static func newFileName(isFull: Bool) -> Column {
    Column("new_file", "NEWFILE", width: 16, presence: .hidden) {
      $0.event.hasTwoNames ? $1.newName(of: $0, isFull: isFull) : $1.none()
    }
  }

  /// Whether a path is not whole.
  public static func truncated() -> Column {
    Column("truncated", "CUT", width: 3, presence: .hidden) { $1.bool($0.event.isCut) }
  }
}

extension Cell {
  fileprivate func name(of record: borrowing Record<name_event>, isFull: Bool) {
    let path = record.event.path
    record.withTexts(path.size, path.base_size) {
      name($0, below: $1, isCut: path.cut != 0, isFull: isFull)
    }
  }

  fileprivate func newName(of record: borrowing Record<name_event>, isFull: Bool) {
    let path = record.event.new_path
    let first = Int(record.event.path.size) + Int(record.event.path.base_size)
    record.withTexts(from: first, path.size, path.base_size) {
      name($0, below: $1, isCut: path.cut != 0, isFull: isFull)
    }
  }

  private func name(
    _ path: UnsafeRawBufferPointer, below names: UnsafeRawBufferPointer, isCut: Bool, isFull: Bool
  ) {
    guard !isFull, !isCut else { return self.path(path, below: names, isCut: isCut) }
    self.path(path.lastName, below: UnsafeRawBufferPointer(rebasing: names[..<0]), isCut: false)
  }
}

extension UnsafeRawBufferPointer {
  /// What a path names in its directory: the part after the last slash, but for slashes at
  /// its end.
  fileprivate var lastName: UnsafeRawBufferPointer {
    let slash = UInt8(ascii: "/"), text = upToNUL
    guard let last = text.lastIndex(where: { $0 != slash }) else { return text }
    let start = text[...last].lastIndex(of: slash).map { $0 + 1 } ?? 0
    return UnsafeRawBufferPointer(rebasing: text[start...last])
  }
}
