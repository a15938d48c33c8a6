import Wire

/// A value as it was written.
enum RecordedCell: Equatable, Sendable {
  /// A time of the kernel's clock, which each time format writes in another way.
  case time(UInt64)
  /// In a table, in JSON and in CSV.
  case texts(table: [UInt8], json: [UInt8], csv: [UInt8])

  func write(to cell: Cell) {
    switch self {
    case .time(let time): cell.time(time)
    case .texts(let table, let json, let csv):
      switch cell.format {
      case .table: cell.out.append(recorded: table)
      case .json: cell.out.append(recordedJSON: json)
      case .csv: csv.withUnsafeBytes { cell.out.append(bytes: $0) }
      }
    }
  }
}

/// A row of a recorded interval, or a distribution.
struct RecordedRow: SummaryRow, Equatable {
  /// How many events it stands for.
  var count: UInt64 = 0
  /// Its part of the table.
  var part = 0
  var cells: [RecordedCell] = []
  /// The lines below it.
  var details: [String] = []
  /// Nil where it is no distribution.
  var distribution: RecordedDistribution?

  func cell(_ index: Int) -> RecordedCell? { index < cells.count ? cells[index] : nil }
}

/// A distribution, and what is printed with it.
struct RecordedDistribution: Equatable {
  /// Whether the heading is over it.
  var isTitled: Bool
  /// What is over it, and what a table has in place of the bars; not escaped.
  var heading: [UInt8]
  var line: [UInt8]?
  /// The names of the stack in its key.
  var frames: [String]?
  var histogram: Histogram
}

// MARK: - As bytes

extension RecordedRow {
  private static let most = 4096

  func append(to writer: inout EntryWriter) {
    writer.number(count)
    writer.number(UInt32(part))
    writer.number(UInt32(cells.count))
    for cell in cells {
      switch cell {
      case .time(let time):
        writer.number(UInt32(1))
        writer.number(time)
      case .texts(let table, let json, let csv):
        writer.number(UInt32(0))
        for text in [table, json, csv] { writer.text(text) }
      }
    }
    writer.texts(details.map { Array($0.utf8) })
    writer.number(UInt32(distribution == nil ? 0 : 1))
    distribution?.append(to: &writer)
    writer.endEntry()
  }

  /// Nil where it is damaged.
  init?(_ reader: inout EntryReader) {
    guard let count = reader.number(UInt64.self), let part = reader.number(UInt32.self),
      let cellCount = reader.number(UInt32.self), cellCount <= Self.most
    else { return nil }
    self.count = count
    self.part = Int(part)
    for _ in 0..<cellCount {
      guard let cell = Self.cell(&reader) else { return nil }
      cells.append(cell)
    }
    guard let details = reader.texts(), let isDistribution = reader.number(UInt32.self) else {
      return nil
    }
    self.details = details.map { String(decoding: $0, as: UTF8.self) }
    guard isDistribution != 0 else { return }
    guard let distribution = RecordedDistribution(&reader) else { return nil }
    self.distribution = distribution
  }

  private static func cell(_ reader: inout EntryReader) -> RecordedCell? {
    guard let kind = reader.number(UInt32.self) else { return nil }
    if kind == 1 { return reader.number(UInt64.self).map { .time($0) } }
    guard let table = reader.text(), let json = reader.text(), let csv = reader.text() else {
      return nil
    }
    return .texts(table: table, json: json, csv: csv)
  }
}

extension RecordedDistribution {
  fileprivate func append(to writer: inout EntryWriter) {
    let marks = (isTitled ? 1 : 0) | (line == nil ? 0 : 2) | (frames == nil ? 0 : 4)
    writer.number(UInt32(marks))
    writer.text(heading)
    writer.text(line ?? [])
    writer.texts((frames ?? []).map { Array($0.utf8) })
    switch histogram.scale {
    case .powers: writer.number(UInt64(0))
    case .linear(let step): writer.number(step)
    }
    // Most buckets are empty.
    let counted = histogram.counted
    for number in [counted.sum, counted.greatest, counted.least] { writer.number(number) }
    let buckets = histogram.buckets.enumerated().filter { $0.element > 0 }
    writer.number(UInt32(buckets.count))
    for (index, count) in buckets {
      writer.number(UInt32(index))
      writer.number(count)
    }
  }

  fileprivate init?(_ reader: inout EntryReader) {
    guard let marks = reader.number(UInt32.self), let heading = reader.text(),
      let line = reader.text(), let frames = reader.texts(),
      let step = reader.number(UInt64.self), let sum = reader.number(UInt64.self),
      let greatest = reader.number(UInt64.self), let least = reader.number(UInt64.self),
      let count = reader.number(UInt32.self), count <= HISTOGRAM_BUCKETS
    else { return nil }
    isTitled = marks & 1 != 0
    self.heading = heading
    self.line = marks & 2 != 0 ? line : nil
    self.frames = marks & 4 != 0 ? frames.map { String(decoding: $0, as: UTF8.self) } : nil
    var buckets: [(bucket: Int, count: UInt64)] = []
    for _ in 0..<count {
      guard let index = reader.number(UInt32.self), index < HISTOGRAM_BUCKETS,
        let inside = reader.number(UInt64.self)
      else { return nil }
      buckets.append((Int(index), inside))
    }
    let found = Histogram(
      counted: (sum, greatest, least), buckets: buckets,
      scale: step == 0 ? .powers : .linear(step: step))
    guard let found else { return nil }
    histogram = found
  }
}

extension EntryWriter {
  fileprivate mutating func texts(_ texts: [[UInt8]]) {
    number(UInt32(texts.count))
    for text in texts { self.text(text) }
  }
}

extension EntryReader {
  fileprivate mutating func texts() -> [[UInt8]]? {
    guard let count = number(UInt32.self) else { return nil }
    var texts: [[UInt8]] = []
    for _ in 0..<count {
      guard let text = text() else { return nil }
      texts.append(text)
    }
    return texts
  }
}

extension OutputBuffer {
  /// JSON has no control characters but those between its values, of which none is needed.
  fileprivate func append(recordedJSON text: [UInt8]) {
    for byte in text { append(byte: byte < 0x20 ? 0x20 : byte) }
  }

  /// Text that was made safe for a person when it was recorded, or a file pretends so: lines and
  /// backslashes stay as they are.
  fileprivate func append(recorded text: [UInt8]) {
    let kept = Set("\n\t\\".utf8)
    text.withUnsafeBytes { text in
      var start = 0
      for index in 0...text.count where index == text.count || kept.contains(text[index]) {
        append(escaped: UnsafeRawBufferPointer(rebasing: text[start..<index]))
        if index < text.count { append(byte: text[index]) }
        start = index + 1
      }
    }
  }
}
