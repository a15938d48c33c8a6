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
  /// - Throws: ``ToolError`` where the tool's name and the option say different things.
  public func wire() throws -> filesystem_filter {
    let named = Invocation.current.alias?.arguments.compactMap(FileSystemType.init) ?? []
    if let name = named.first, type.contains(where: { $0 != name }) {
      throw ToolError(.usage, "--type: the name of this tool already selects \(name.rawValue)")
    }
    return filesystem_filter(type)
  }
}
