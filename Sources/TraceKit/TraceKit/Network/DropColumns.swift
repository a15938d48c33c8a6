public import Wire

/// The columns of dropped packets (`lib/drops.bpf.h`).
extension Column where Row == Record<drop_event> {
  /// The addresses of a packet with its ports, the source first.
  public static func packetEnds() -> [Column] {
    [
      Column("source", "SADDR:SPORT", width: 20) { $1.packetSource($0.event) },
      Column("destination", "> DADDR:DPORT", width: 22) {
        $1.packetDestination($0.event, table: "> ")
      },
      Column("saddr", "SADDR", width: 15, presence: .hidden) {
        $0.event.endpoints.version == 0 ? $1.none() : $1.source($0.event.endpoints)
      },
      Column("sport", "SPORT", width: 5, presence: .hidden) {
        $0.event.has_ports == 0 ? $1.none() : $1.integer($0.event.endpoints.source_port)
      },
      Column("daddr", "DADDR", width: 15, presence: .hidden) {
        $0.event.endpoints.version == 0 ? $1.none() : $1.destination($0.event.endpoints)
      },
      Column("dport", "DPORT", width: 5, presence: .hidden) {
        $0.event.has_ports == 0 ? $1.none() : $1.integer($0.event.endpoints.destination_port)
      },
    ]
  }

  /// Why a packet was dropped, and the kernel's number for that.
  public static func dropReason(
    _ reasons: DropReasons, width: Int = 0, code presence: Presence
  ) -> [Column] {
    [
      Column("reason", "REASON", width: width, role: .key) {
        $1.textOrNone(reasons.name(of: $0.event.reason))
      },
      Column("code", "(CODE)", width: 0, presence: presence) { $1.reasonCode($0.event.reason) },
    ]
  }

  /// Where in the kernel a packet was dropped.
  public static func dropPlace(_ places: KernelPlaces, presence: Presence) -> Column {
    Column("place", "PLACE", width: 0, presence: presence) {
      $1.textOrNone(places.name(of: $0.event.place))
    }
  }

  /// The interface of a packet, by name and by number, and the network namespace.
  public static func packetInterface(presence: Presence) -> [Column] {
    [
      Column("interface", "IFACE", width: 8, presence: presence, role: .key) {
        $0.event.interface.0 == 0 ? $1.none() : $1.text(cString: $0.event.interface)
      },
      Column("ifindex", "IFINDEX", width: 7, presence: .hidden) {
        $0.event.interface_number == 0 ? $1.none() : $1.integer($0.event.interface_number)
      },
      Column("netns", "NETNS", width: 10, presence: .hidden) {
        $0.event.netns == 0 ? $1.none() : $1.integer($0.event.netns)
      },
    ]
  }

  public static func packetLength(presence: Presence) -> Column {
    Column("length", "LENGTH", width: 6, alignment: .right, presence: presence) {
      $1.integer($0.event.length)
    }
  }
}

extension Cell {
  fileprivate func packetSource(_ event: drop_event) {
    let ends = event.endpoints
    if ends.version == 0 { return none() }
    if event.has_ports != 0 { return sourceWithPort(ends) }
    address(ends.source, version: ends.version)
  }

  fileprivate func packetDestination(_ event: drop_event, table prefix: StaticString) {
    let ends = event.endpoints
    if event.has_ports != 0 { return destinationWithPort(ends, table: prefix) }
    if format == .table { out.append(prefix) }
    if ends.version == 0 { return none() }
    address(ends.destination, version: ends.version)
  }

  /// The protocol of a packet: the innermost that is known.
  public func packetProtocol(_ event: drop_event) {
    textOrNone(
      PacketProtocol.name(
        ip: event.endpoints.version != 0 ? event.ip_protocol : nil, link: event.ethertype,
        family: event.family))
  }
}

extension drop_config: ConfigurationLayout {}
extension drop_event: EventLayout {}

extension drop_config {
  /// Keeps the packets of one interface.
  ///
  /// - Parameter name: shorter than `INTERFACE_NAME_SIZE`; nil: those of any.
  public mutating func only(interface name: String?) {
    guard let name else { return }
    withUnsafeMutableBytes(of: &interface) { $0.copyBytes(from: name.utf8) }
  }
}
