import BPFObjects
import TraceKit

@main
struct Fsdist: HistogramTool {
  static let configuration = CommandConfiguration.tool(
    "fsdist", "Summarize the latency of file operations as histograms.",
    examples: [
      ("fsdist", "all file systems, at the end"),
      ("fsdist -t ext4", "ext4 only"),
      ("ext4dist", "the same"),
      ("fsdist -t xfs 1 10", "ten summaries of one second"),
      ("fsdist -t nfs -p 1216", "process 1216 only"),
      ("fsdist -mT 5", "in milliseconds, with the time"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @OptionGroup var fileSystems: FileSystemOptions
  @OptionGroup var histogram: HistogramOptions<Letters>

  var subject: String { "file operations" }
  static var image: ObjectImage { ObjectImage(fsdist_image()) }

  var plans: [HookPlan] { FileOperation.plans }

  var isKeyed: Bool { true }

  func wireConfiguration() throws -> fsdist_config {
    var config = fsdist_config()
    config.filesystems = try fileSystems.wire()
    config.milliseconds = histogram.milliseconds ? 1 : 0
    return config
  }

  func precedes(_ one: KeyedHistogram<UInt32>, _ other: KeyedHistogram<UInt32>) -> Bool {
    one.key ?? 0 < other.key ?? 0
  }

  private static func operation(_ histogram: KeyedHistogram<UInt32>) -> String {
    histogram.key.flatMap(FileOperation.init)?.name ?? ""
  }

  var keyColumns: [Column<KeyedHistogram<UInt32>>] {
    [Column("operation", "OPERATION", width: 9, role: .key) { $1.text(Self.operation($0)) }]
  }

  func heading(_ histogram: KeyedHistogram<UInt32>) -> [UInt8] {
    Array("operation = '\(Self.operation(histogram))'".utf8)
  }
}

extension fsdist_config: @retroactive ConfigurationLayout {}
