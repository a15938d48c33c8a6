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

  /// The name that led to the other end's address; nothing where none did.
  public func name(of ends: endpoints, from answers: DNSAnswers?) {
    let address = withUnsafeBytes(of: ends.destination) {
      Array($0.prefix(ends.version == 4 ? 4 : 16))
    }
    let name = Lookup.bytes("dns", address) { answers?.name(of: address) }
    guard let name else { return none() }
    name.withUnsafeBytes { text($0) }
  }

  /// The address and the port of this machine's end, as in `127.0.0.1:80` and
  /// `[::1]:80`.
  public func sourceWithPort(_ ends: endpoints) {
    addressWithPort(ends.source, ends.source_port, version: ends.version)
  }

  /// The same of the other end.
  ///
  /// - Parameter prefix: what a person sees before it.
  public func destinationWithPort(_ ends: endpoints, table prefix: StaticString = "") {
    if format == .table { out.append(prefix) }
    addressWithPort(ends.destination, ends.destination_port, version: ends.version)
  }

  private func addressWithPort(
    _ bytes: some BitwiseCopyable, _ port: UInt16, version: UInt16
  ) {
    let address = Subnet.text(bytes, version: version)
    text(version == 4 ? "\(address):\(port)" : "[\(address)]:\(port)")
  }

  /// The same with a slash before the port, and without brackets, for a person.
  public func sourceWithSlash(_ ends: endpoints) {
    addressWithSlash(ends.source, ends.source_port, version: ends.version)
  }

  public func destinationWithSlash(_ ends: endpoints) {
    addressWithSlash(ends.destination, ends.destination_port, version: ends.version)
  }

  private func addressWithSlash(_ bytes: some BitwiseCopyable, _ port: UInt16, version: UInt16) {
    guard format == .table else { return addressWithPort(bytes, port, version: version) }
    text("\(Subnet.text(bytes, version: version))/\(port)")
  }

  /// A state of a TCP socket by its number (net/tcp_states.h).
  ///
  /// - Parameter prefix: what a person sees before it.
  public func tcpState(_ state: UInt32, table prefix: StaticString = "") {
    if format == .table { out.append(prefix) }
    let names: [StaticString] = [
      "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE",
      "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "NEW_SYN_RECV",
    ]
    let index = Int(state) - 1
    if names.indices.contains(index) { literal(names[index]) } else { none() }
  }

  /// The flags of a TCP header by their names, as in `SYN|ACK`, in parentheses for a person.
  public func tcpFlags(_ flags: UInt32) {
    let names = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"]
    let set = names.indices.filter { flags >> $0 & 1 != 0 }.map { names[$0] }
    let text = set.joined(separator: "|")
    self.text(format == .table ? "(\(text))" : text)
  }

  /// The number of a reason of the kernel's, in parentheses for a person; nothing where it
  /// gives none.
  public func reasonCode(_ code: UInt32) {
    guard code != 0 else { return none() }
    guard format == .table else { return integer(code) }
    out.append("(")
    integer(code)
    out.append(")")
  }

  /// A port; nothing where it was not known yet.
  public func port(_ port: UInt16) {
    port == 0 ? none() : integer(port)
  }

  /// Bytes as units of 1024 with two decimals.
  public func fractionalKilobytes(_ bytes: UInt64) {
    let rest = ((bytes & 1023) * 100 + 512) >> 10
    fraction((bytes >> 10) * 100 + rest, per: 100, decimals: 2)
  }

  /// The name of an errno, such as "ECONNREFUSED"; nothing where there is none.
  public func error(_ number: Int32) {
    number == 0 ? none() : text(ErrorNumber(rawValue: number).name)
  }
}
