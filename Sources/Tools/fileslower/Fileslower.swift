import BPFObjects
import TraceKit

@main
struct Fileslower: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "fileslower", "Trace slow reads and writes of files on any file system.",
    examples: [
      ("fileslower", "slower than 10 ms"),
      ("fileslower 1", "slower than 1 ms"),
      ("fileslower -p 185", "process 185 only"),
      ("fileslower -a 100", "of pipes, sockets and terminals too, slower than 100 ms"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @Argument(
    help: "Show reads and writes that take at least this many milliseconds (10).",
    transform: Parse.milliseconds)
  var least: UInt64?

  @Flag(
    name: .shortAndLong, help: "Show those of pipes, sockets, devices and all other files too.")
  var allFiles = false

  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "transfer"
  static var image: ObjectImage { ObjectImage(fileslower_image()) }

  var plans: [HookPlan] {
    HookPlan.systemCallPairs(of: HookPlan.transferCalls, needsTypes: true)
  }

  func wireConfiguration() -> fileslower_config {
    var config = fileslower_config()
    config.least_ns = least ?? 10_000_000
    config.all_types = allFiles ? 1 : 0
    return config
  }

  private static func error(_ record: borrowing Record<fileslower_event>) -> Int32 {
    Int32(clamping: 0 &- min(record.event.result, 0))
  }

  var columns: [Column<Record<fileslower_event>>] {
    [
      .time(presence: .hidden),
      .elapsed(width: 8, decimals: 3, presence: .shown),
      .comm(width: 14, isCut: true),
      .pid(width: 7, presence: .hidden),
      .tid(width: 7, presence: .shown),
      Column("operation", "D", width: 1, role: .key) {
        $0.event.is_write != 0 ? $1.literal("write", table: "W") : $1.literal("read", table: "R")
      },
      Column("bytes", "BYTES", width: 7, role: .total) { $1.integer(max($0.event.result, 0)) },
      Column("latency_us", "LAT(ms)", width: 9, alignment: .right) {
        $1.milliseconds(nanoseconds: $0.event.duration_ns)
      },
    ] + Column.identity(except: ["tid"]) + [
      Column("error", "ERROR", width: 12, presence: .hidden, role: .key) {
        $1.error(Self.error($0))
      },
      Column("file_type", "T", width: 1, presence: .hidden, role: .key) {
        $1.fileType($0.event.type)
      },
      Column("file", "FILENAME", width: 0) { $1.fileName($0.event.name) },
    ]
  }
}

extension fileslower_config: @retroactive ConfigurationLayout {}
extension fileslower_event: @retroactive EventLayout {}
