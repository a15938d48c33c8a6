import BPFObjects
import TraceKit

@main
struct Virtiostat: SummaryTool {
  static let configuration = CommandConfiguration.tool(
    "virtiostat", "Show the buffers that are put into the queues of virtio devices.",
    examples: [
      ("virtiostat", "a table every three seconds"),
      ("virtiostat 1 10", "ten tables of one second"),
      ("virtiostat -T", "with the time"),
      ("virtiostat -d virtio_blk", "devices of this driver only"),
      ("virtiostat -n virtio0", "this device only"),
    ])

  enum Letters: OptionLetters {}

  @Option(
    name: .shortAndLong, parsing: .unconditional, help: "Show devices of this driver only.",
    transform: QueueNames.wanted)
  var driver: String?

  @Option(
    name: [.customShort("n"), .customLong("devname")], parsing: .unconditional,
    help: "Show this device only, such as virtio0.", transform: QueueNames.wanted)
  var device: String?

  @OptionGroup var summary: QueueOptions<Letters>

  static let subject = "virtio devices"
  var heading: SummaryHeading { summary.sample.timestamp ? .timeAndColumns : .columns }
  let recordType = "queue"
  static var image: ObjectImage { ObjectImage(virtiostat_image()) }

  var plans: [HookPlan] {
    let others = [
      "outbuf", "inbuf", "inbuf_ctx", "outbuf_premapped", "inbuf_premapped", "inbuf_cache_clean",
    ]
    return [HookKind.fentry, .kprobe].map { kind in
      HookPlan(
        kind, ["\(kind.rawValue)_sgs"], optional: others.map { "\(kind.rawValue)_\($0)" })
    }
  }

  func wireConfiguration() -> virtiostat_config { virtiostat_config() }

  func source(_ session: Session) throws(BPFError) -> QueueSummary {
    try QueueSummary(session, of: QueueNames(driver: driver, device: device))
  }

  var columns: [Column<QueueSummary.Row>] {
    [
      Column("time", "TIME", width: 8, presence: .hidden) { $1.time($0.time) },
      Column("driver", "Driver", width: 14, alignment: .right, role: .key) {
        $1.text(cString: $0.totals.driver)
      },
      Column("device", "Device", width: 8, alignment: .right, role: .key) {
        $1.text(cString: $0.totals.device)
      },
      Column("queue", "VQ Name", width: 10, alignment: .right, role: .key) {
        $1.text(cString: $0.totals.queue)
      },
      Column("in_lists", "In SGs", width: 7, alignment: .right, role: .total) {
        $1.integer($0.totals.in_lists)
      },
      Column("out_lists", "Out SGs", width: 7, alignment: .right, role: .total) {
        $1.integer($0.totals.out_lists)
      },
      Column("in_bytes", "In BW", width: 13, alignment: .right) { $1.integer($0.totals.in_bytes) },
      Column("out_bytes", "Out BW", width: 13, alignment: .right) {
        $1.integer($0.totals.out_bytes)
      },
      Column("buffers", "BUFFERS", width: 8, alignment: .right, presence: .hidden, role: .total) {
        $1.integer($0.totals.buffers)
      },
    ]
  }
}

extension virtiostat_config: @retroactive ConfigurationLayout {}

/// A table every three seconds, as in bcc.
final class QueueOptions<Letters: OptionLetters>: ParsableArguments, SummarySettings {
  @OptionGroup var sample: SampleOptions<Letters>

  var seconds: Double? { sample.seconds ?? 3 }
  var times: Int? { sample.times }
  var limit: Int { .max }
  var filter: FilterOptions<Letters> { sample.filter }
  var run: RunOptions<Letters> { sample.run }
  var recording: RecordingOptions { sample.recording }
}

/// Whose queues are shown.
struct QueueNames {
  let driver: String?
  let device: String?

  /// A name that can be one of the kernel's, as far as the programs keep those.
  @Sendable static func wanted(_ name: String) throws -> String {
    guard !name.isEmpty, name.utf8.count < Int(VIRTIO_NAME_SIZE) else {
      throw ValidationError("a name must have 1 to \(VIRTIO_NAME_SIZE - 1) characters")
    }
    return name
  }

  func include(_ totals: virtiostat_totals) -> Bool {
    func isWanted(_ name: String?, _ found: some BitwiseCopyable) -> Bool {
      name.map { name in withUnsafeBytes(of: found) { Array($0.upToNUL) == Array(name.utf8) } }
        ?? true
    }
    return isWanted(driver, totals.driver) && isWanted(device, totals.device)
  }
}

/// The totals of the queues that are shown, those of a device together.
final class QueueSummary: SummarySource {
  typealias Row = SummaryTotals<UInt64, virtiostat_totals>

  private let totals: TotalsSummary<UInt64, virtiostat_totals>
  private let names: QueueNames

  init(_ session: Session, of names: QueueNames) throws(BPFError) {
    self.names = names
    totals = try TotalsSummary(session) { names.include($0) ? $0.buffers : 0 }
  }

  func take() throws -> [Row] {
    func order(_ row: Row) -> [UInt8] {
      withUnsafeBytes(of: row.totals.device) { Array($0) }
        + withUnsafeBytes(of: row.totals.queue) { Array($0) }
    }
    return try totals.take().filter { names.include($0.totals) }
      .sorted { order($0).lexicographicallyPrecedes(order($1)) }
  }

  func stop() { totals.stop() }

  func ledger() throws -> Ledger { try totals.ledger() }
}
