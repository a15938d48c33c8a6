public import Wire

/// An event of a socket.
public protocol SocketLayout: EventLayout {
  /// The source is this machine's end.
  var endpoints: endpoints { get }
}

/// The columns that tools with events of sockets have.
extension Column where Row: ~Copyable & ~Escapable {
  /// 4 or 6.
  public static func ip<Event: SocketLayout & BitwiseCopyable>(
    presence: Presence = .shown
  ) -> Column where Row == Record<Event> {
    Column("ip", "IP", width: 2, presence: presence, role: .key) {
      $1.integer($0.event.endpoints.version)
    }
  }

  /// Both ends, this machine's first.
  ///
  /// - Parameter width: of an address.
  public static func localAndRemote<Event: SocketLayout & BitwiseCopyable>(
    width: Int
  ) -> [Column] where Row == Record<Event> {
    [
      Column("laddr", "LADDR", width: width) { $1.source($0.event.endpoints) },
      Column("lport", "LPORT", width: 5) { $1.port($0.event.endpoints.source_port) },
      Column("raddr", "RADDR", width: width) { $1.destination($0.event.endpoints) },
      Column("rport", "RPORT", width: 5) { $1.port($0.event.endpoints.destination_port) },
    ]
  }

  /// Addresses and ports of both ends, this machine's first, where a person sees them in columns
  /// that have more of them together.
  ///
  /// - Parameters:
  ///   - headers: of the addresses.
  ///   - endpoints: of a row.
  public static func hiddenEnds(
    headers: (local: String, remote: String) = ("LADDR", "RADDR"),
    _ endpoints: @escaping @Sendable (borrowing Row) -> endpoints
  ) -> [Column] {
    [
      Column("laddr", headers.local, width: 15, presence: .hidden) { $1.source(endpoints($0)) },
      Column("lport", "LPORT", width: 5, presence: .hidden) { $1.port(endpoints($0).source_port) },
      Column("raddr", headers.remote, width: 15, presence: .hidden) {
        $1.destination(endpoints($0))
      },
      Column("rport", "RPORT", width: 5, presence: .hidden) {
        $1.port(endpoints($0).destination_port)
      },
    ]
  }

  /// Both ends of a connection from where it was opened.
  ///
  /// - Parameter localPort: when the local port is shown.
  public static func opened<Event: SocketLayout & BitwiseCopyable>(
    localPort: Presence
  ) -> [Column] where Row == Record<Event> {
    [
      .ip(),
      Column("saddr", "SADDR", width: 16) { $1.source($0.event.endpoints) },
      Column("lport", "LPORT", width: 5, presence: localPort) {
        $1.port($0.event.endpoints.source_port)
      },
      Column("daddr", "DADDR", width: 16) { $1.destination($0.event.endpoints) },
      Column("dport", "DPORT", width: 5) { $1.port($0.event.endpoints.destination_port) },
    ]
  }
}
