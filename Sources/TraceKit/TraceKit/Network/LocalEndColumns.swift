import Wire

/// A system call on a socket, which has an address of its own.
public protocol LocalEndLayout: SocketLayout, SystemCallLayout {
  /// The number of its protocol (linux/in.h).
  var `protocol`: UInt16 { get }
  var netns: UInt32 { get }
}

extension Column where Row: ~Copyable & ~Escapable {
  /// The port and the address of this end.
  ///
  /// - Parameter width: of the address.
  public static func localEnd<Event: LocalEndLayout & BitwiseCopyable>(
    width: Int
  ) -> [Column] where Row == Record<Event> {
    [
      Column("port", "PORT", width: 5) { $1.integer($0.event.endpoints.source_port) },
      Column("addr", "ADDR", width: width) {
        let ends = $0.event.endpoints
        $1.address(ends.source, version: ends.version)
      },
    ]
  }

  /// What only some want to see of a call on a socket.
  public static func socketDetails<Event: LocalEndLayout & BitwiseCopyable>(
    netns: Presence = .hidden
  ) -> [Column] where Row == Record<Event> {
    [
      .ip(presence: .hidden),
      Column("error", "ERROR", width: 13, presence: .hidden, role: .key) {
        let failure = $0.event.failure
        $1.textOrNone(failure.map { String($0.dropFirst()) })
      },
      Column("netns", "NETNS", width: 10, presence: netns) { $1.integer($0.event.netns) },
    ]
  }
}

extension LocalEndLayout {
  /// The name of the protocol, such as `TCP`, or its number.
  public var protocolName: String {
    // linux/in.h: IPPROTO_MPTCP, which is beyond the numbers of IANA.
    if self.protocol == 262 { return "MPTCP" }
    let number = UInt8(exactly: self.protocol)
    return number.flatMap { PacketProtocol.name(ip: $0, link: 0)?.uppercased() }
      ?? "\(self.protocol)"
  }
}
