/// Methods of languages, whose names the traced process chose.
extension Cell {
  /// The deepest that a table indents.
  private static let mostLevels: UInt64 = 100

  /// A method; in a table with its class, and where a depth is given, after an arrow that says
  /// whether it begins or ends, indented by how many calls it is in.
  public func method<Characters: BitwiseCopyable>(
    _ method: Characters, of owner: Characters, depth: UInt64? = nil, isEnd: Bool = false
  ) {
    guard format == .table else { return text(cString: method) }
    var line: [UInt8] = []
    if let depth {
      let levels = min(max(depth, 1) - 1, Self.mostLevels)
      line += [UInt8](repeating: UInt8(ascii: " "), count: Int(levels) * 2)
      line += Array((isEnd ? "<- " : "-> ").utf8)
    }
    line += Method.name(method, of: owner)
    line.withUnsafeBytes { text($0) }
  }
}

public enum Method {
  /// A method with its class, or the file that it is in, before it.
  public static func name<Characters: BitwiseCopyable>(
    _ method: Characters, of owner: Characters
  ) -> [UInt8] {
    let name = withUnsafeBytes(of: method) { Array($0.upToNUL) }
    let prefix = withUnsafeBytes(of: owner) { Array($0.upToNUL) }
    return prefix.isEmpty ? name : prefix + [UInt8(ascii: ".")] + name
  }
}
