import BPFObjects
import TraceKit

extension Record where Event == dnssnoop_event {
  /// The message of an event; nil where it makes no sense.
  func withMessage<Result>(_ body: (DNSMessage?) -> Result) -> Result {
    withTail(count: Int(event.taken)) { body(DNSMessage($0)) }
  }
}

/// What the messages say.
extension Dnssnoop {
  static var messageColumns: [Column<Record<dnssnoop_event>>] {
    [
      Column("query_type", "TYPE", width: 6, role: .key) { record, cell in
        record.withMessage { cell.textOrNone($0.map { DNSMessage.name(ofType: $0.type) }) }
      },
      Column("code", "CODE", width: 8) { record, cell in
        let isResponse = record.event.kind != DNS_QUERY.rawValue
        record.withMessage {
          cell.textOrNone(isResponse ? $0.map { DNSMessage.name(ofCode: $0.code) } : nil)
        }
      },
      Column("latency_ms", "LAT(ms)", width: 9, alignment: .right) {
        $0.event.kind == DNS_RESPONSE.rawValue
          ? $1.milliseconds($0.event.latency_ns) : $1.none()
      },
      Column("size", "SIZE", width: 5, alignment: .right, presence: .hidden) {
        $1.integer($0.event.size)
      },
      Column("name", "NAME", width: 24) { record, cell in
        record.withMessage { message in
          guard let message else { return cell.none(table: "[malformed]") }
          guard !message.question.isEmpty else { return cell.literal(".") }
          message.question.withUnsafeBytes { cell.text($0) }
        }
      },
      Column("answers", "ANSWERS", width: 0, role: .total) { record, cell in
        record.withMessage { message in
          cell.list(
            (message?.answers ?? []).map(\.text),
            isCut: message?.hasMore == true || message?.isTruncated == true)
        }
      },
    ]
  }
}
