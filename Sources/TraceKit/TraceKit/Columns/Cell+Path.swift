extension Cell {
  /// A path that a traced process chose.
  ///
  /// - Parameters:
  ///   - path: its bytes, ended by a NUL; empty: there is none, or the directory is all.
  ///   - names: of the directory that it starts from, the innermost first, each ended by a
  ///     NUL; empty: the path is shown as it is.
  ///   - isCut: it is longer than what is here.
  public func path(
    _ path: UnsafeRawBufferPointer, below names: UnsafeRawBufferPointer, isCut: Bool
  ) {
    guard !path.isEmpty || !names.isEmpty else { return none(table: "?") }
    let path = path.upToNUL
    guard isCut || !names.isEmpty else { return text(path) }
    var full = path.asPath(below: names)
    if isCut { full.append(contentsOf: "...".utf8) }
    full.withUnsafeBytes { text($0) }
  }
}

extension UnsafeRawBufferPointer {
  /// A path after the names of the directory that it starts from, the innermost first, each
  /// ended by a NUL.
  public func asPath(below names: UnsafeRawBufferPointer) -> [UInt8] {
    var full: [UInt8] = []
    // The outermost name is the last one.
    var end = names.count
    while end > 0 {
      let start = (names[..<(end - 1)].lastIndex(of: 0) ?? -1) + 1
      full.append(UInt8(ascii: "/"))
      for index in start..<(end - 1) { full.append(names[index]) }
      end = start
    }
    // The root is the one directory without a name.
    if names.count > 1 && !isEmpty { full.append(UInt8(ascii: "/")) }
    full.append(contentsOf: self)
    return full
  }
}
