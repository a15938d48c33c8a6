import BPFObjects
import TraceKit

@main
struct Biolatpcts: SummaryTool {
  static let configuration = CommandConfiguration.tool(
    "biolatpcts", "Show percentiles of the latency of a block device, by the type of I/O.",
    examples: [
      ("biolatpcts sda", "a table every three seconds"),
      ("biolatpcts sda -i 10", "every ten seconds"),
      ("biolatpcts sda -i -1", "on SIGUSR1 and SIGUSR2, and at the end"),
      ("biolatpcts sda -p 50,99,99.9,100", "these percentiles"),
      ("biolatpcts sda -w after-rq-alloc", "include the time in the queue"),
      ("biolatpcts", "all disks together"),
    ])

  enum Letters: OptionLetters {
    static let json: Character? = "j"
  }

  enum Start: String, NamedValue {
    case fromAllocation = "from-rq-alloc"
    case afterAllocation = "after-rq-alloc"
    case onDevice = "on-device"

    var wire: Int32 {
      switch self {
      case .fromAllocation: BLOCK_FROM_ALLOCATION
      case .afterAllocation: BLOCK_FROM_QUEUEING
      case .onDevice: BLOCK_FROM_ISSUE
      }
    }
  }

  @Argument(
    help: "The disk, by its name or its number, such as 8:0 (default: all together).",
    completion: .disk, transform: DiskArgument.init)
  var device: DiskArgument?

  @Option(name: .shortAndLong, help: "Where the latency begins.")
  var which = Start.onDevice

  @Option(
    name: .shortAndLong, parsing: .unconditional, help: "Print these percentiles.",
    transform: Percentile.list)
  var pcts = Percentile.usual

  @OptionGroup var summary: PercentileOptions<Letters>

  static let subject = "block device I/O"
  var heading: SummaryHeading { .columnsApart }
  let recordType = "latency"
  static var image: ObjectImage { ObjectImage(biolatpcts_image()) }

  var plans: [HookPlan] {
    HookPlan.blockRequests(withSubmitters: selectsTasks(summary.filter))
  }

  func wireConfiguration() -> biolatpcts_config {
    var config = biolatpcts_config()
    config.disk.only(device?.number)
    config.from = UInt32(which.wire)
    return config
  }

  func source(_ session: Session) throws(BPFError) -> PercentileSummary {
    try PercentileSummary(session, isEndless: summary.seconds == nil) { [which] missed in
      guard which == .fromAllocation else { return }
      tell(
        "\(Self.name): \(counted(missed, "requests")) left out: the kernel has their time of allocation "
          + "only for disks with io.cost")
    }
  }

  var columns: [Column<PercentileRow>] {
    [
      Column("time", "TIME", width: 8, presence: .hidden) { $1.time($0.time) },
      Column("operation", device?.name ?? "disks", width: 7, role: .key) { $1.text($0.operation) },
      Column("count", "COUNT", width: 8, presence: .hidden, role: .total) {
        $1.integer($0.histogram.count)
      },
    ]
      + pcts.map { percentile in
        Column(
          "p\(percentile.text)_us", "p\(percentile.text)",
          width: max(5, percentile.text.utf8.count + 1), alignment: .right, role: .level
        ) { $1.briefTime(nanoseconds: $0.histogram.percentile(percentile.percent)) }
      }
  }
}

extension biolatpcts_config: @retroactive ConfigurationLayout {}
