import BPFObjects
import TraceKit

/// What packets are told apart by.
enum FlowPart: String, NamedValue {
  case source, destination, `protocol`, ports

  var bit: UInt32 {
    switch self {
    case .source: UInt32(XDPTOP_SOURCE)
    case .destination: UInt32(XDPTOP_DESTINATION)
    case .protocol: UInt32(XDPTOP_PROTOCOL)
    case .ports: UInt32(XDPTOP_PORTS)
    }
  }
}

/// The columns of packets that are told apart by some parts. Of the others they have nothing,
/// and a person does not see them.
struct FlowColumns {
  typealias Row = RankedRow<xdptop_key, xdptop_totals>

  let by: Set<FlowPart>

  private func presence(_ part: FlowPart) -> Column<Row>.Presence {
    by.contains(part) ? .shown : .hidden
  }

  /// A port has a column of its own where it does not stand behind its address.
  private func portPresence(without end: FlowPart) -> Column<Row>.Presence {
    by.contains(.ports) && !by.contains(end) ? .shown : .hidden
  }

  /// - Parameter width: of an address with its port.
  func all(width: Int) -> [Column<Row>] {
    let by = by
    return [
      Column("time", "TIME", width: 8, presence: .hidden) { $1.time($0.time) },
      Column("direction", "DIR", width: 3, role: .key) {
        $0.key.direction == XDPTOP_RECEIVED ? $1.literal("rx") : $1.literal("tx")
      },
      Column("protocol", "PROTO", width: 8, presence: presence(.protocol), role: .key) {
        guard by.contains(.protocol) else { return $1.none() }
        $1.textOrNone(
          PacketProtocol.name(
            ip: $0.key.ip_protocol == 0 ? nil : $0.key.ip_protocol, link: $0.key.ethertype))
      },
      Column("source", "SOURCE", width: width, presence: presence(.source)) {
        if $0.key.endpoints.version == 0 || !by.contains(.source) { return $1.none() }
        $0.key.has_ports != 0
          ? $1.sourceWithPort($0.key.endpoints)
          : $1.address($0.key.endpoints.source, version: $0.key.endpoints.version)
      },
      Column("destination", "DESTINATION", width: width, presence: presence(.destination)) {
        if $0.key.endpoints.version == 0 || !by.contains(.destination) { return $1.none() }
        $0.key.has_ports != 0
          ? $1.destinationWithPort($0.key.endpoints) : $1.destination($0.key.endpoints)
      },
      Column("saddr", "SADDR", width: 15, presence: .hidden) {
        $0.key.endpoints.version == 0 || !by.contains(.source)
          ? $1.none() : $1.address($0.key.endpoints.source, version: $0.key.endpoints.version)
      },
      Column("sport", "SPORT", width: 5, presence: portPresence(without: .source)) {
        $0.key.has_ports == 0 ? $1.none() : $1.integer($0.key.endpoints.source_port)
      },
      Column("daddr", "DADDR", width: 15, presence: .hidden) {
        $0.key.endpoints.version == 0 || !by.contains(.destination)
          ? $1.none() : $1.destination($0.key.endpoints)
      },
      Column("dport", "DPORT", width: 5, presence: portPresence(without: .destination)) {
        $0.key.has_ports == 0 ? $1.none() : $1.integer($0.key.endpoints.destination_port)
      },
      Column("ethertype", "ETHERTYPE", width: 9, presence: .hidden) {
        by.contains(.protocol) ? $1.integer($0.key.ethertype) : $1.none()
      },
      Column("packets", "PACKETS", width: 9, alignment: .right, role: .total) {
        $1.integer($0.totals.packets)
      },
      Column("bytes", "KB", width: 9, alignment: .right, role: .total) {
        $1.kilobytes($0.totals.bytes)
      },
    ]
  }
}
