import BPFObjects
import TraceKit

@main
struct Biostacks: HistogramTool {
  static let configuration = CommandConfiguration.tool(
    "biostacks", "Summarize the latency of block device I/O by the kernel stack that starts it.",
    examples: [
      ("biostacks", "a histogram per stack at the end"),
      ("biostacks 10", "after 10 seconds"),
      ("biostacks -d sdc", "one disk only"),
      ("biostacks -m", "in milliseconds"),
      ("biostacks -c fio", "commands of this name only"),
      ("biostacks -i 1 --count 10", "ten summaries of one second"),
    ])

  enum Letters: OptionLetters {
    static let comm: Character? = "c"
  }

  @Argument(help: "Stop after this many seconds, like --duration.", transform: Parse.seconds)
  var seconds: Double?

  @Option(
    name: .shortAndLong, parsing: .unconditional, help: "Trace this disk only.",
    completion: .disk, transform: Disks.number)
  var disk: Disks.Number?

  @Flag(name: .shortAndLong, help: "Count in milliseconds instead of microseconds.")
  var milliseconds = false

  @OptionGroup var depth: StackDepth
  @OptionGroup var storage: StackStorage
  @OptionGroup var histogram: RegularDistributionOptions<Letters>

  func validate() throws {
    if seconds != nil, histogram.run.duration != nil {
      throw ValidationError("The duration is given twice, as an argument and as --duration.")
    }
  }

  var subject: String { "block I/O with init stacks" }
  var unit: HistogramUnit { milliseconds ? .milliseconds : .microseconds }
  static var image: ObjectImage { ObjectImage(biostacks_image()) }
  var plans: [HookPlan] { HookPlan.tracepoints(["getrq", "frontmerge", "rq_complete"]) }
  var isKeyed: Bool { true }
  var stackRoom: Int? { storage.size }
  var duration: Double? { seconds ?? histogram.run.duration }

  func stack(of key: biostacks_key) -> StackReference? { StackReference(kernel: key.stack) }

  func wireConfiguration() -> biostacks_config {
    var config = biostacks_config()
    config.disk.only(disk)
    config.stacks = depth.kernelStacks
    config.milliseconds = milliseconds ? 1 : 0
    return config
  }

  var keyColumns: [Column<KeyedHistogram<biostacks_key>>] {
    [
      Column("comm", "COMM", width: 16, role: .key) {
        $1.text(cString: ($0.key ?? biostacks_key()).comm)
      },
      Column("pid", "PID", width: 7) { $1.integer($0.key?.pid ?? 0) },
      Column("disk", "DISK", width: 7, role: .key) { $1.disk($0.key?.disk ?? disk_number()) },
      Column("writeback", "WB", width: 2) { $1.bool($0.key?.is_writeback ?? 0 != 0) },
      Column("kernel", "KERNEL", width: 0) { $1.frames($0.stack ?? []) },
    ]
  }

  func heading(_ histogram: KeyedHistogram<biostacks_key>) -> [UInt8] {
    let key = histogram.key ?? biostacks_key()
    let comm = withUnsafeBytes(of: key.comm) { Array($0.upToNUL) }
    let name = key.is_writeback != 0 ? Array("[writeback]".utf8) : comm
    func padded(_ text: [UInt8], _ width: Int) -> [UInt8] {
      text + Array(repeating: UInt8(ascii: " "), count: max(0, width - text.count) + 1)
    }
    return padded(name, 14) + padded(Array("\(key.pid)".utf8), 6)
      + Array(DiskNames.shared.name(of: Disks.Number(key.disk)).utf8)
  }
}

extension biostacks_config: @retroactive ConfigurationLayout {}
