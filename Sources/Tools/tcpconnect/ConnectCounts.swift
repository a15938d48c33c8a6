import BPFObjects
import TraceKit

/// The rows of `tcpconnect -c`.
extension Tcpconnect {
  var countColumns: [Column<CountedKey<endpoints>>] {
    [
      Column("laddr", "LADDR", width: 25) { $1.source($0.key) },
      Column("lport", "LPORT", width: 20, presence: .when(sourcePort)) {
        $1.port($0.key.source_port)
      },
      Column("raddr", "RADDR", width: 25) { $1.destination($0.key) },
      Column("rport", "RPORT", width: 20) { $1.port($0.key.destination_port) },
      Column("connects", "CONNECTS", width: 10, role: .total) { $1.integer($0.count) },
    ]
  }
}
