import BPFObjects
import TraceKit

@main
struct Drsnoop: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "drsnoop", "Trace tasks that must free memory before they get some.",
    examples: [
      ("drsnoop", "trace all direct reclaim"),
      ("drsnoop -e", "with the free memory when it began"),
      ("drsnoop --memcg", "also where a control group has reached its limit"),
      ("drsnoop -p 181", "process 181 only"),
      ("drsnoop -d 10", "for 10 seconds"),
      ("drsnoop -U -n java", "with the user, commands named java only"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let tid: Character? = "t"
    static let uid: Character? = "u"
    static let name: Character? = "n"
    static let duration: Character? = "d"
  }

  @Flag(name: .shortAndLong, help: "Print the free memory of the machine when it began.")
  var extended = false

  @Flag(
    name: .shortAndLong,
    help: "Trace reclaim in control groups that have reached their limit too.")
  var memcg = false

  @Flag(name: [.customShort("T"), .long], help: "Print the time since the start.")
  var timestamp = false

  @Flag(name: [.customShort("U"), .long], help: "Print the user ID.")
  var printUid = false

  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "reclaim"
  static var image: ObjectImage { ObjectImage(drsnoop_image()) }

  var plans: [HookPlan] {
    HookPlan.tracepoints(
      (["direct_reclaim"] + (memcg ? ["memcg_reclaim"] : [])).flatMap {
        ["\($0)_begin", "\($0)_end"]
      }
    )
  }

  func wireConfiguration() -> drsnoop_config {
    var config = drsnoop_config()
    config.nodes = MemoryNodes.count
    return config
  }

  var columns: [Column<Record<drsnoop_event>>] {
    let pageShift = Pages.shift
    return [
      .time(presence: .shown),
      .elapsed(width: 14, decimals: 9, presence: .when(timestamp)),
      .uid(width: 6, presence: .when(printUid)),
      .comm(),
      .pid(presence: .hidden),
      .tid(width: 6, presence: .shown),
      Column("latency_ms", "LAT(ms)", width: 8, alignment: .right) {
        $1.milliseconds($0.event.latency_ns)
      },
      Column("pages", "PAGES", width: 5, alignment: .right, role: .total) {
        $1.integer($0.event.pages)
      },
      Column(
        "free_bytes", "FREE(KB)", width: 8, alignment: .right, presence: .when(extended),
        role: .level
      ) {
        let pages = $0.event.free_pages
        if pages == 0 { $1.none() } else { $1.kilobytes(pages << UInt64(pageShift)) }
      },
      Column("order", "ORDER", width: 5, presence: .hidden) { $1.integer($0.event.order) },
      Column("scope", "SCOPE", width: 6, presence: .when(memcg), role: .key) {
        $1.text($0.event.scope == UInt32(RECLAIM_OF_GROUP) ? "memcg" : "global")
      },
    ] + Column.identity(except: ["tid"])
  }
}

extension drsnoop_config: @retroactive ConfigurationLayout {}
extension drsnoop_event: @retroactive EventLayout {}
