/// What `--columns` says: a list of names that replaces the default columns, or
/// changes of it with `+` and `-`.
public struct ColumnSelection: Sendable {
  enum Change: Sendable {
    case only(String)
    case add(String)
    case remove(String)

    var name: String {
      switch self {
      case .only(let name), .add(let name), .remove(let name): name
      }
    }
  }

  let changes: [Change]

  /// No wish: the default columns.
  public static let none = ColumnSelection(changes: [])

  init(changes: [Change]) {
    self.changes = changes
  }

  /// - Throws: ``ToolError`` where an item is empty.
  public init(parsing text: String) throws {
    changes = try text.split(separator: ",", omittingEmptySubsequences: false).map { item in
      let change: Change =
        switch item.first {
        case "+": .add(String(item.dropFirst()))
        case "-": .remove(String(item.dropFirst()))
        default: .only(String(item))
        }
      guard !change.name.isEmpty else { throw ToolError(.usage, "a column name is missing") }
      return change
    }
  }

  /// The columns of a run.
  ///
  /// - Throws: ``ToolError`` for a name that no column has.
  func choose<Row: ~Copyable & ~Escapable>(
    from columns: [Column<Row>], format: OutputFormat
  ) throws -> [Column<Row>] {
    try Inquiry.answer(.columns, columns.map(\.name))
    for change in changes where !columns.contains(where: { $0.name == change.name }) {
      let known = columns.map(\.name).joined(separator: ", ")
      throw ToolError(
        .usage, "--columns: there is no column '\(change.name)'; the columns are \(known)")
    }
    var only: [String] = []
    // A key occurs only once in a JSON object.
    for case .only(let name) in changes where !only.contains(name) { only.append(name) }
    // A list is in the order of the user, everything else in the tool's.
    var chosen = only.compactMap { name in columns.first { $0.name == name } }
    if only.isEmpty {
      chosen = columns.filter { column in
        switch column.presence {
        case .shown: true
        case .hidden: format != .table
        case .onRequest: false
        }
      }
    }
    for case .add(let name) in changes where !chosen.contains(where: { $0.name == name }) {
      chosen.append(contentsOf: columns.filter { $0.name == name })
    }
    if only.isEmpty {
      chosen.sort { left, right in
        columns.firstIndex { $0.name == left.name }! < columns.firstIndex { $0.name == right.name }!
      }
    }
    chosen.removeAll { column in
      changes.contains { if case .remove(column.name) = $0 { true } else { false } }
    }
    guard !chosen.isEmpty || changes.isEmpty else {
      throw ToolError(.usage, "--columns: no column is left")
    }
    try Inquiry.describe(chosen, areListed: !only.isEmpty)
    return chosen
  }
}
