import BPFObjects
import TraceKit

@main
struct Pidpersec: SampleTool {
  static let configuration = CommandConfiguration.tool(
    "pidpersec", "Count new processes and threads each second.",
    examples: [
      ("pidpersec", "a line every second"),
      ("pidpersec 5 10", "ten lines, one every 5 seconds"),
      ("pidpersec --columns +processes,+threads", "processes and threads apart"),
      ("pidpersec --comm bash", "only those that bash starts"),
      ("pidpersec 3600 -- make", "all of a command, in one line"),
    ])

  enum Letters: OptionLetters {}

  @OptionGroup var sample: SampleOptions<Letters>

  static let recordType = "pids"
  static var image: ObjectImage { ObjectImage(pidpersec_image()) }

  var plans: [HookPlan] { HookPlan.tracepoints(["fork"]) }

  func wireConfiguration() -> pidpersec_config { pidpersec_config() }

  var columns: [Column<Sample<pid_counts>>] {
    [
      .time(presence: .shown),
      Column("pids", "PIDS", width: 8, alignment: .right) {
        $1.integer($0.counts.processes + $0.counts.threads)
      },
      Column("processes", "PROCESSES", width: 9, alignment: .right, presence: .hidden, role: .total)
      {
        $1.integer($0.counts.processes)
      },
      Column("threads", "THREADS", width: 8, alignment: .right, presence: .hidden) {
        $1.integer($0.counts.threads)
      },
    ]
  }
}

extension pidpersec_config: @retroactive ConfigurationLayout {}
