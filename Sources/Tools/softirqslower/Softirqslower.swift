import BPFObjects
import TraceKit

@main
struct Softirqslower: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "softirqslower", "Trace soft interrupts that wait long or run long.",
    examples: [
      ("softirqslower", "more than 10 ms"),
      ("softirqslower 1000", "more than 1 ms"),
      ("softirqslower 0", "all of them"),
      ("softirqslower -c 1", "on CPU 1 only"),
      ("softirqslower --json -d 60", "for a minute, as JSON"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let duration: Character? = "d"
  }

  @Argument(
    help: "Show what took more than this many microseconds; 0 shows all.",
    transform: { try Parse.integer($0, "a number of microseconds", in: 0...1_000_000_000_000) })
  var minimum: UInt64 = 10_000

  @Option(
    name: .shortAndLong, parsing: .unconditional, help: "Trace this CPU only.",
    completion: .cpu, transform: Parse.cpu)
  var cpu: Int32?

  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "softirq"
  static var image: ObjectImage { ObjectImage(softirqslower_image()) }
  var plans: [HookPlan] { HookPlan.tracepoints(["raise", "entry", "exit"]) }

  func wireConfiguration() -> softirqslower_config {
    var config = softirqslower_config()
    config.min_us = minimum
    config.one_cpu = cpu == nil ? 0 : 1
    config.cpu = UInt32(cpu ?? 0)
    return config
  }

  var columns: [Column<Record<softirqslower_event>>] {
    [
      .time(presence: .shown),
      Column("stage", "STAGE", width: 20) { record, cell in
        if record.event.stage == SOFTIRQ_WAIT {
          cell.literal("wait", table: "irq(hard) to softirq")
        } else {
          cell.literal("run", table: "softirq runtime")
        }
      },
      Column("softirq", "SOFTIRQ", width: 8, role: .key) {
        $1.text(SoftirqNames.name(of: $0.event.vector))
      },
      Column("latency_us", "LAT(us)", width: 14) { $1.integer($0.event.latency_ns / 1000) },
      Column("cpu", "CPU", width: 6) { $1.integer($0.event.header.cpu) },
      .comm(),
      .pid(presence: .hidden),
      .tid(width: 7, presence: .hidden),
    ]
  }
}

extension softirqslower_config: @retroactive ConfigurationLayout {}
extension softirqslower_event: @retroactive EventLayout {}
