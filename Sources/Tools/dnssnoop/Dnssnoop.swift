import BPFObjects
import TraceKit

@main
struct Dnssnoop: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "dnssnoop", "Trace DNS queries and responses, with their latency.",
    examples: [
      ("dnssnoop", "all responses, on the host and in containers"),
      ("dnssnoop -x", "failures only"),
      ("dnssnoop -m 100", "those that took 100 ms or longer"),
      ("dnssnoop -q", "with the queries, to see which get no response"),
      ("dnssnoop --domain example.com", "names of one domain"),
      ("dnssnoop --type AAAA", "one type of records"),
      ("dnssnoop --served", "with what servers on this machine answer"),
    ])

  enum Letters: OptionLetters {}

  @Flag(name: .shortAndLong, help: "Show queries too, when they are sent.")
  var queries = false

  @Flag(help: "Show the queries that servers on this machine get, too.")
  var served = false

  @Flag(name: [.customShort("x"), .long], help: "Show responses with an error only.")
  var failed = false

  @Option(
    name: [.customShort("m"), .customLong("min-ms")], parsing: .unconditional,
    help: "Show responses that took this many milliseconds or longer only.",
    transform: Parse.milliseconds)
  var least: UInt64?

  @Option(
    parsing: .unconditional, help: "Show this name and those below it only.",
    transform: { Array(($0.hasSuffix(".") ? String($0.dropLast()) : $0).utf8) })
  var domain: [UInt8]?

  @Option(
    name: .customLong("type"), parsing: .unconditional,
    help: "Show this type of records only, such as AAAA.", transform: DNSMessage.type)
  var recordType: UInt16?

  @Option(
    name: [.customShort("P"), .long], parsing: .unconditional,
    help: "The ports of servers, separated by commas; 53 if not given.", transform: Parse.ports)
  var port: [UInt16] = [53]

  @OptionGroup var network: NetworkOptions
  @OptionGroup var stream: StreamOptions<Letters>

  func validate() throws {
    if queries, failed || least != nil {
      throw ValidationError("--queries cannot be combined with --failed or --min-ms.")
    }
  }

  static let recordType = "dns"
  static var image: ObjectImage { ObjectImage(dnssnoop_image()) }

  var plans: [HookPlan] { [HookPlan(.socketPacket, ["sends", "receives"])] }

  func wireConfiguration() -> dnssnoop_config {
    var config = dnssnoop_config()
    config.network = network.wire
    config.ports = port_list(port)
    config.queries = queries ? 1 : 0
    config.served = served ? 1 : 0
    config.least_ns = least ?? 0
    return config
  }

  func accepts(_ record: borrowing Record<dnssnoop_event>) -> Bool {
    guard failed || domain != nil || recordType != nil else { return true }
    return record.withMessage { message in
      guard let message else { return failed }
      if failed, message.code == 0 { return false }
      if let recordType, message.type != recordType { return false }
      return domain.map(message.isBelow) ?? true
    }
  }

  var columns: [Column<Record<dnssnoop_event>>] {
    [
      .time(presence: .shown),
      .uid(width: 5, presence: .hidden),
      .pid(width: 7),
      .comm(isCut: true),
      Column("kind", "KIND", width: 8, presence: queries || served ? .shown : .hidden, role: .key) {
        switch ($0.event.kind == DNS_QUERY.rawValue, $0.event.is_served != 0) {
        case (true, false): $1.literal("query")
        case (true, true): $1.literal("asked")
        case (false, false): $1.literal("response")
        case (false, true): $1.literal("answered")
        }
      },
      Column("server", "SERVER", width: 15) { $1.destination($0.event.endpoints) },
      Column("port", "PORT", width: 5, presence: .hidden) {
        $1.integer($0.event.endpoints.destination_port)
      },
      Column("client", "CLIENT", width: 15, presence: .hidden) { $1.source($0.event.endpoints) },
      Column("client_port", "CPORT", width: 5, presence: .hidden) {
        $1.integer($0.event.endpoints.source_port)
      },
      Column("transport", "TRANSPORT", width: 9, presence: .hidden, role: .key) {
        $0.event.is_tcp != 0 ? $1.literal("tcp") : $1.literal("udp")
      },
      Column("netns", "NETNS", width: 10, presence: .hidden) {
        $0.event.netns == 0 ? $1.none() : $1.integer($0.event.netns)
      },
    ] + Column.identity() + Self.messageColumns
  }
}

extension dnssnoop_config: @retroactive ConfigurationLayout {}
extension dnssnoop_event: @retroactive EventLayout {}
