public import Wire

/// Which sockets are traced. All of it is decided in the kernel.
public final class NetworkOptions: ParsableArguments {
  @Flag(name: [.customShort("4"), .long], help: "Trace IPv4 only.")
  var ipv4 = false

  @Flag(name: [.customShort("6"), .long], help: "Trace IPv6 only.")
  var ipv6 = false

  @Option(
    name: [.customShort("N"), .long], parsing: .unconditional,
    help: """
      Trace sockets of this network namespace only: its inode number, a name of \
      "ip netns", or a path such as /proc/1/ns/net.
      """,
    completion: .networkNamespace, transform: NetworkNamespace.number)
  var netns: UInt32?

  public init() {}

  public func validate() throws {
    if ipv4, ipv6 { throw ValidationError("--ipv4 and --ipv6 cannot be combined.") }
  }

  /// The network namespace to which the tool keeps; nil: none.
  public var namespace: UInt32? { netns }

  /// 4 or 6, where only one is traced.
  public var version: UInt16? { ipv4 ? 4 : ipv6 ? 6 : nil }

  /// Whether all sockets pass.
  public var isEmpty: Bool { version == nil && netns == nil }

  /// The filter as the programs read it.
  public var wire: network_filter {
    network_filter(version: UInt32(version ?? 0), netns: netns ?? 0)
  }
}

extension port_list {
  /// - Parameter ports: at most `PORT_LIST_SIZE`; nil: any port.
  public init(_ ports: [UInt16]?) {
    self.init()
    guard let ports else { return }
    count = UInt32(ports.count)
    withUnsafeMutableBytes(of: &self.ports) { bytes in
      for (index, port) in ports.enumerated() {
        bytes.storeBytes(of: port, toByteOffset: index * 2, as: UInt16.self)
      }
    }
  }
}
