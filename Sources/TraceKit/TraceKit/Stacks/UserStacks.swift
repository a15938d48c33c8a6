public import BPF

/// What a tool names user stacks by, and what its programs follow them by, which they need
/// before they are attached.
public final class UserStacks {
  /// Who uses them, for messages.
  let tool: String
  let symbols: Symbolizer
  /// Nil: frame pointers.
  private(set) var tables: UnwindTables?

  /// Make it before the tool gives up its capabilities.
  ///
  public init(tool: String) {
    self.tool = tool
    symbols = Symbolizer { tell("\(tool): \($0)") }
  }

  /// Gives the programs what they need for the processes that are there.
  ///
  /// - Parameter filter: which processes are asked for.
  public func fill<Letters>(
    _ object: LoadedObject, for filter: FilterOptions<Letters>
  ) throws(BPFError) {
    tables = try UnwindTables(object, symbols: symbols, after: tables)
    tables?.prepare(for: filter)
  }
}
