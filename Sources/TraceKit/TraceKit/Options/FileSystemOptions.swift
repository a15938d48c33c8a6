public import Wire

/// Which file systems are traced.
public final class FileSystemOptions: ParsableArguments {
  @Option(
    name: [.customShort("t"), .long],
    help: "Trace file systems of this type only; may be repeated.")
  var type: [FileSystemType] = []

  public init() {}

  /// The filter as the programs read it.
  ///
  /// - Parameter alias: the type that the tool's own name says.
  /// - Throws: ``ToolError`` where the name and the option say different things.
  public func wire(alias: FileSystemType?) throws -> filesystem_filter {
    if let alias, type.contains(where: { $0 != alias }) {
      throw ToolError(.usage, "--type: this tool's name says \(alias.rawValue) already")
    }
    return filesystem_filter(alias.map { [$0] } ?? type)
  }
}
