extension Column {
  /// Why something cannot work, and the cure, each null where there is none.
  static func obstacle(_ obstacle: @escaping @Sendable (Row) -> Obstacle?) -> [Column] {
    [
      Column("reason", "REASON", width: 0) { $1.text(optional: obstacle($0)?.reason) },
      Column("cure", "CURE", width: 0) { $1.text(optional: obstacle($0)?.cure?.what) },
      Column("command", "COMMAND", width: 0) { $1.text(optional: obstacle($0)?.cure?.command) },
    ]
  }
}

extension Cell {
  /// Yes or no as a word for a person.
  func answer(_ value: Bool) {
    if format == .table { literal(value ? "yes" : "no") } else { bool(value) }
  }

  func text(optional text: String?) {
    if let text { self.text(text) } else { none() }
  }

  /// Texts that have no space inside.
  func list(_ texts: [String]) {
    let arrays = texts.map { Array($0.utf8) }
    let room = UnsafeMutableRawBufferPointer.allocate(
      byteCount: arrays.reduce(0) { $0 + $1.count }, alignment: 1)
    defer { room.deallocate() }
    var start = 0
    let parts = arrays.map { bytes in
      let part = UnsafeMutableRawBufferPointer(rebasing: room[start..<start + bytes.count])
      part.copyBytes(from: bytes)
      start += bytes.count
      return UnsafeRawBufferPointer(part)
    }
    list(parts, isCut: false)
  }
}

extension Output {
  /// Writes all that is in the buffer, and nothing where the reader is gone.
  func flushIfRead() throws {
    do {
      try flush()
    } catch is Closed {}
  }
}
