import BPFObjects
import TraceKit

@main
struct Bitesize: HistogramTool {
  static let configuration = CommandConfiguration.tool(
    "bitesize", "Summarize the size of block device I/O as histograms, by command.",
    examples: [
      ("bitesize", "a histogram per command at the end"),
      ("bitesize 1 10", "ten summaries of one second"),
      ("bitesize -T 1", "with the time"),
      ("bitesize -c fio", "commands of this name only"),
      ("bitesize -d sdc", "one disk only"),
    ])

  enum Letters: OptionLetters {
    static let comm: Character? = "c"
  }

  @Option(
    name: .shortAndLong, parsing: .unconditional, help: "Trace this disk only.",
    completion: .disk, transform: Disks.number)
  var disk: Disks.Number?

  @OptionGroup var histogram: DistributionOptions<Letters>

  var subject: String { "block device I/O" }
  var unit: HistogramUnit { HistogramUnit("kbytes", heading: "Kbytes") }
  static var image: ObjectImage { ObjectImage(bitesize_image()) }
  var plans: [HookPlan] { HookPlan.blockRequests() }
  var isKeyed: Bool { true }

  func wireConfiguration() -> bitesize_config {
    var config = bitesize_config()
    config.disk.only(disk)
    return config
  }

  var keyColumns: [Column<KeyedHistogram<bitesize_key>>] {
    [
      Column("comm", "COMM", width: 16, role: .key) {
        $1.text(cString: $0.key?.comm ?? bitesize_key().comm)
      },
      Column("writeback", "WB", width: 2) { $1.bool($0.key?.is_writeback ?? 0 != 0) },
    ]
  }

  func heading(_ histogram: KeyedHistogram<bitesize_key>) -> [UInt8] {
    let key = histogram.key ?? bitesize_key()
    let comm = withUnsafeBytes(of: key.comm) { Array($0.upToNUL) }
    return Array("Process Name = ".utf8)
      + (key.is_writeback != 0 ? Array("[writeback]".utf8) : comm)
  }
}

extension bitesize_config: @retroactive ConfigurationLayout {}
