import BPFObjects
import TraceKit

@main
struct Solisten: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "solisten", "Trace IPv4 and IPv6 sockets that begin to listen.",
    examples: [
      ("solisten", "trace all of them"),
      ("solisten -t", "with the time of day"),
      ("solisten -p 1216", "process 1216 only"),
      ("solisten --show-netns", "with the network namespace"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @Flag(name: .shortAndLong, help: "Print a time column (HH:MM:SS).")
  var timestamp = false

  @Flag(help: "Print the network namespace.")
  var showNetns = false

  @OptionGroup var network: NetworkOptions
  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "listen"
  static var image: ObjectImage { ObjectImage(solisten_image()) }
  var plans: [HookPlan] { HookPlan.systemCallExits(of: ["listen"], needsTypes: true) }

  func wireConfiguration() -> solisten_config {
    var config = solisten_config()
    config.network = network.wire
    return config
  }

  var columns: [Column<Record<solisten_event>>] {
    [
      .time(presence: .when(timestamp)),
      .elapsed(width: 8, decimals: 3, presence: .hidden),
      .uid(width: 5, presence: .hidden),
      .pid(width: 7),
      .comm(),
    ] + Column.outcome(width: 3) { "\($0.result)" } + [
      Column("backlog", "BACKLOG", width: 7) { $1.integer($0.event.backlog) },
      Column("proto", "PROTO", width: 5, role: .key) {
        $1.text("\($0.event.protocolName)v\($0.event.endpoints.version)")
      },
    ] + Column.localEnd(width: 22) + Column.socketDetails(netns: .when(showNetns))
      + Column.identity() + [
        // After those of libbpf-tools, where it changes no place of theirs.
        Column("limit", "LIMIT", width: 5) {
          if $0.event.result < 0 { $1.none() } else { $1.integer($0.event.limit) }
        }
      ]
  }
}

extension solisten_config: @retroactive ConfigurationLayout {}
extension solisten_event: @retroactive LocalEndLayout {}
