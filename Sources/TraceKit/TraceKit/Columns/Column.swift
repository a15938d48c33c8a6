/// One field of a tool's rows.
///
/// It is declared once and drives the header, the rows, the keys of JSON and of
/// CSV, and what `--columns` can name.
public struct Column<Row: ~Copyable & ~Escapable>: Sendable {
  /// When a column is printed.
  public enum Presence: Sendable {
    /// In the table by default, and always in JSON and CSV.
    case shown
    /// In the table on request, and always in JSON and CSV.
    case hidden
    /// Only on request, in any format: it costs the kernel or the tool work, or
    /// it repeats another column for a person.
    case onRequest

    /// Shown where an option of the tool asks for it.
    public static func when(_ asked: Bool) -> Presence { asked ? .shown : .hidden }
  }

  /// The key in JSON and CSV, lower snake case with the unit, and the name for
  /// `--columns`.
  public let name: String
  /// The heading in the table.
  public let header: String
  public let width: Int
  public let alignment: Alignment
  /// Longer text is cut to the width in the table.
  public let isCut: Bool
  public let presence: Presence
  /// Whether the kernel must be asked to fill the identity of the task.
  public let needsIdentity: Bool
  /// What it is to who adds rows up.
  public let role: ColumnRole
  let write: @Sendable (borrowing Row, borrowing Cell) -> Void

  /// - Parameters:
  ///   - name: the key in JSON and CSV, and the name for `--columns`.
  ///   - header: the heading in the table.
  ///   - width: the minimum width in the table; 0 for the last column.
  ///   - alignment: of the text in the table.
  ///   - isCut: whether longer text is cut to the width in the table.
  ///   - presence: when the column is printed.
  ///   - needsIdentity: whether the kernel must fill the identity of the task.
  ///   - role: what it is to who adds rows up; nil: what the unit in its
  ///     name says.
  ///   - write: writes the row's value with one call of a ``Cell``.
  public init(
    _ name: String, _ header: String, width: Int, alignment: Alignment = .left,
    isCut: Bool = false, presence: Presence = .shown, needsIdentity: Bool = false,
    role: ColumnRole? = nil,
    write: @escaping @Sendable (borrowing Row, borrowing Cell) -> Void
  ) {
    self.name = name
    self.header = header
    self.width = width
    self.alignment = alignment
    self.isCut = isCut
    self.presence = presence
    self.needsIdentity = needsIdentity
    self.role = role ?? ColumnRole(of: name)
    self.write = write
  }
}
