/// Columns of histograms whose keys are tasks.
extension Column where Row == KeyedHistogram<UInt32> {
  /// A number of a task or of what it is in, and the command name that the program gave
  /// to it.
  public static func task(_ name: String) -> [Column] {
    [
      Column(name, name.uppercased(), width: 10) { $1.integer($0.key ?? 0) },
      Column("comm", "COMM", width: 16, role: .key) { row, cell in
        row.label.withUnsafeBytes { cell.text($0) }
      },
    ]
  }
}
