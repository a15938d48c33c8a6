public import Wire

/// What tools that trace connections write.
extension Cell {
  /// The address of this machine's end.
  public func source(_ ends: endpoints) {
    guard withUnsafeBytes(of: ends.source, { $0.contains { $0 != 0 } }) else { return none() }
    address(ends.source, version: ends.version)
  }

  /// The address of the other end.
  public func destination(_ ends: endpoints) {
    address(ends.destination, version: ends.version)
  }

  /// A port; nothing where it was not known yet.
  public func port(_ port: UInt16) {
    port == 0 ? none() : integer(port)
  }

  /// The name of an errno, such as "ECONNREFUSED"; nothing where there is none.
  public func error(_ number: Int32) {
    number == 0 ? none() : text(ErrorNumber(rawValue: number).name)
  }
}
