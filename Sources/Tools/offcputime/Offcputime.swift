import BPFObjects
import TraceKit

@main
struct Offcputime: StackTool {
  static let configuration = CommandConfiguration.tool(
    "offcputime", "Summarize off-CPU time by call stack.",
    examples: [
      ("offcputime", "all threads, until Ctrl-C"),
      ("offcputime 5", "for five seconds"),
      ("offcputime -m 1000 -p 185", "what process 185 waits for at least a millisecond"),
      ("offcputime --state 2", "uninterruptible sleeps only"),
      ("offcputime -f 30 >stacks.txt", "folded, for flame graphs"),
      ("offcputime --flamegraph off.svg 10", "a flame graph of ten seconds"),
      ("offcputime --wakers 5", "with the stacks of the waking threads"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let tid: Character? = "t"
  }

  @OptionGroup var absence: AbsenceOptions

  @Option(
    parsing: .unconditional,
    help: """
      Count threads in one of these states only, as bits: 1 for sleep, 2 for \
      uninterruptible sleep; 0 for runnable.
      """,
    transform: { try Parse.integer($0, "a state", in: 0...0xffff) })
  var state: UInt64?

  @Flag(help: "Show the thread that woke the sleeper, with its stacks.")
  var wakers = false

  @OptionGroup var stacks: StackOptions<Letters>

  static let subject = "Time off the CPUs"
  static let measuresTime = true
  static var image: ObjectImage { ObjectImage(offcputime_image()) }
  static let absences: String? = "absences"
  var perThread: Bool { true }
  var wakerStacks: WakerStacks { wakers ? .beside : .none }
  var start: String { "Tracing off-CPU time" }

  var plans: [HookPlan] {
    [HookKind.typedTracepoint, .rawTracepoint].map { kind in
      HookPlan(
        kind, (wakers ? ["switch", "waking"] : ["switch"]).map { "\(kind.rawValue)_\($0)" })
    }
  }

  func wireConfiguration() -> offcputime_config {
    var config = offcputime_config()
    config.stacks = stacks.wire(perThread: true)
    config.absence = absence.wire()
    config.by_state = state == nil ? 0 : 1
    config.state = state ?? 0
    return config
  }
}

extension offcputime_config: @retroactive ConfigurationLayout {}
