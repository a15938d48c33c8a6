/// The columns of recorded rows: a person sees each row in one of several parts of a table, and
/// JSON and CSV have all of them alike.
struct RecordedTable {
  /// A column without what writes it.
  struct Heading: Equatable {
    var name: String
    var header: String
    var width: Int
    var isRight: Bool
    var isCut: Bool
    /// As ``Column/Presence`` counts.
    var presence: UInt32
  }

  struct Part: Equatable {
    var title: String?
    var headings: [Heading]
  }

  /// Of JSON and CSV; a row has a cell for each.
  var headings: [Heading]
  /// Of a table.
  var parts: [Part]

  private static let most = 4096

  /// Without columns.
  static let empty = RecordedTable(headings: [], parts: [])

  private init(headings: [Heading], parts: [Part]) {
    self.headings = headings
    self.parts = parts
  }

  init<Row>(_ columns: [Column<Row>], parts: [TablePart<Row>]) {
    headings = columns.map { Heading($0) }
    self.parts = parts.map { Part(title: $0.title, headings: $0.columns.map { Heading($0) }) }
  }

  // MARK: - As bytes

  var bytes: [UInt8] {
    var writer = EntryWriter()
    for part in [Part(title: nil, headings: headings)] + parts {
      writer.number(UInt32(part.title == nil ? 0 : 1))
      writer.text(Array((part.title ?? "").utf8))
      writer.number(UInt32(part.headings.count))
      for heading in part.headings {
        writer.text(Array(heading.name.utf8))
        writer.text(Array(heading.header.utf8))
        writer.number(UInt32(heading.width))
        writer.number(UInt32((heading.isRight ? 1 : 0) | (heading.isCut ? 2 : 0)))
        writer.number(heading.presence)
      }
    }
    return writer.bytes
  }

  /// Nil where they are damaged.
  init?(_ bytes: [UInt8]) {
    var reader = EntryReader(bytes)
    var parts: [Part] = []
    while !reader.isAtEnd {
      guard parts.count < Self.most, let hasTitle = reader.number(UInt32.self),
        let title = reader.string(), title.isPlain, let count = reader.number(UInt32.self),
        count <= Self.most
      else { return nil }
      var part = Part(title: hasTitle == 0 ? nil : title, headings: [])
      for _ in 0..<count {
        guard let heading = Heading(&reader) else { return nil }
        part.headings.append(heading)
      }
      parts.append(part)
    }
    guard parts.count > 1 else { return nil }
    headings = parts[0].headings
    self.parts = Array(parts[1...])
  }
}

extension RecordedTable.Heading {
  fileprivate init<Row: ~Copyable & ~Escapable>(_ column: Column<Row>) {
    name = column.name
    header = column.header
    width = column.width
    isRight = column.alignment == .right
    isCut = column.isCut
    switch column.presence {
    case .shown: presence = 0
    case .hidden: presence = 1
    case .onRequest: presence = 2
    }
  }

  fileprivate init?(_ reader: inout EntryReader) {
    guard let name = reader.string(), name.isPlain, !name.contains("\""),
      let header = reader.string(), header.isPlain,
      let width = reader.number(UInt32.self), width <= 1 << 16,
      let marks = reader.number(UInt32.self), let presence = reader.number(UInt32.self)
    else { return nil }
    self.init(
      name: name, header: header, width: Int(width), isRight: marks & 1 != 0,
      isCut: marks & 2 != 0, presence: presence)
  }

  /// The column as a replay has it.
  ///
  /// - Parameter cell: finds its value in a row; nil: there is none.
  func column<Row>(_ cell: @escaping @Sendable (Row) -> RecordedCell?) -> Column<Row> {
    let presence: Column<Row>.Presence =
      switch self.presence {
      case 0: .shown
      case 1: .hidden
      default: .onRequest
      }
    return Column(
      name, header, width: width, alignment: isRight ? .right : .left, isCut: isCut,
      presence: presence
    ) { row, place in
      if let cell = cell(row) { cell.write(to: place) } else { place.none() }
    }
  }
}

extension RecordedTable {
  /// The columns of JSON and CSV.
  func columns<Row>(_ row: @escaping @Sendable (Row) -> RecordedRow?) -> [Column<Row>] {
    headings.enumerated().map { index, heading in
      heading.column { row($0)?.cell(index) }
    }
  }

  /// The parts of a table.
  var tables: [TablePart<RecordedRow>] {
    parts.enumerated().map { number, part in
      TablePart(
        part.headings.map { heading in
          let index = headings.firstIndex { $0.name == heading.name } ?? headings.count
          return heading.column { $0.cell(index) }
        }, title: part.title, includes: { $0.part == number })
    }
  }
}

extension String {
  /// Whether a person can see all of it, as a text of a program can be.
  var isPlain: Bool {
    let out = OutputBuffer(capacity: 256)
    out.append(escaped: self)
    return out.withBytes { $0.elementsEqual(utf8) }
  }
}
