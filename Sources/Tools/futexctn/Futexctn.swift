import BPFObjects
import TraceKit

@main
struct Futexctn: HistogramTool {
  static let configuration = CommandConfiguration.tool(
    "futexctn", "Summarize how long threads wait for futexes.",
    examples: [
      ("futexctn", "a histogram per lock and stack at the end"),
      ("futexctn 1 10", "ten summaries of one second"),
      ("futexctn -mT 1", "in milliseconds, with the time"),
      ("futexctn -s 1", "without stacks"),
      ("futexctn -l 0x8187bb8", "one lock only"),
      ("futexctn -p 185", "process 185 only"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let tid: Character? = "t"
  }

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Trace the futex at this address only, in hexadecimal.", transform: Parse.address)
  var lock: UInt64?

  @Flag(name: .shortAndLong, help: "Do not distinguish stacks.")
  var summary = false

  @OptionGroup var depth: StackDepth
  @OptionGroup var storage: StackStorage
  @OptionGroup var unwindOptions: UnwindOptions
  @OptionGroup var histogram: HistogramOptions<Letters>

  var subject: String { "futex contention" }
  static var image: ObjectImage { ObjectImage(futexctn_image()) }
  var plans: [HookPlan] {
    HookPlan.systemCallPairs(of: ["futex", "futex_waitv", "futex_wait"], needsTypes: true)
  }

  var isKeyed: Bool { true }
  var stackRoom: Int? { storage.size }
  var unwinding: UnwindOptions? { summary ? nil : unwindOptions }

  func stack(of key: futexctn_key) -> StackReference? {
    summary ? nil : StackReference(key.stack, of: key.owner)
  }

  func wireConfiguration() -> futexctn_config {
    var config = futexctn_config()
    config.stacks = depth.userStacks(taken: !summary)
    config.lock = lock ?? 0
    config.milliseconds = histogram.milliseconds ? 1 : 0
    return config
  }

  private static func lock(_ histogram: KeyedHistogram<futexctn_key>) -> String {
    "0x" + String(histogram.key?.lock ?? 0, radix: 16)
  }

  var keyColumns: [Column<KeyedHistogram<futexctn_key>>] {
    let user = Column<KeyedHistogram<futexctn_key>>("user", "USER", width: 0, role: .key) {
      $1.frames($0.stack ?? [])
    }
    return [
      Column("pid", "PID", width: 7) { $1.integer($0.key?.pid ?? 0) },
      Column("tid", "TID", width: 7) { $1.integer($0.key?.tid ?? 0) },
      Column("comm", "COMM", width: 16, role: .key) { row, cell in
        row.label.withUnsafeBytes { cell.text($0) }
      },
      Column("lock", "LOCK", width: 18) { $1.text(Self.lock($0)) },
    ] + (summary ? [] : [user])
  }

  func heading(_ histogram: KeyedHistogram<futexctn_key>) -> [UInt8] {
    let (found, unit) = (histogram.histogram, unit.name)
    let text = """
      [\(histogram.key?.tid ?? 0)] lock \(Self.lock(histogram)) contended \(found.count) times, \
      \(found.average) avg \(unit) [max: \(found.max) \(unit), min \(found.min) \(unit)]
      """
    return histogram.label + Array(text.utf8)
  }
}

extension futexctn_config: @retroactive ConfigurationLayout {}
