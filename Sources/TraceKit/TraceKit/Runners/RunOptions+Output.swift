import Glibc

extension RunOptions {
  /// Where the data goes.
  func openOutput() throws -> Output {
    let output = try output.map(Output.file) ?? Output()
    output.hasAccounts = accounts && outputFormat == .json
    return output
  }

  /// Whether a run prints a column, so that programs need not find out what nobody sees.
  ///
  /// - Throws: ``ToolError`` for a name in `--columns` that no column has.
  public func prints<Row: ~Copyable & ~Escapable>(
    _ name: String, of columns: [Column<Row>]
  ) throws -> Bool {
    try self.columns.choose(from: columns, format: outputFormat).contains { $0.name == name }
  }

  /// Whether a line at the start says what happens.
  var tellsStart: Bool { isatty(STDERR_FILENO) == 1 }
}
