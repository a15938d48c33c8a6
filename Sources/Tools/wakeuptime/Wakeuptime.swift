import BPFObjects
import TraceKit

@main
struct Wakeuptime: StackTool {
  static let configuration = CommandConfiguration.tool(
    "wakeuptime", "Summarize how long tasks sleep by the stacks that wake them.",
    examples: [
      ("wakeuptime", "all tasks, until Ctrl-C"),
      ("wakeuptime 5", "for five seconds"),
      ("wakeuptime -m 1000", "sleeps of at least a millisecond"),
      ("wakeuptime -p 185", "who wakes process 185"),
      ("wakeuptime -u", "who wakes user threads"),
      ("wakeuptime -K -f 30 >stacks.txt", "folded kernel stacks, for flame graphs"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let tid: Character? = "t"
  }

  @OptionGroup var absence: AbsenceOptions
  @OptionGroup var stacks: StackOptions<Letters>

  static let subject = "Time until wake-ups"
  static let measuresTime = true
  static var image: ObjectImage { ObjectImage(wakeuptime_image()) }
  var wakerStacks: WakerStacks { .alone }
  var start: String { "Tracing blocked time by waker stack" }

  /// A wake-up that is not seen would leave a sleep without its end.
  var plans: [HookPlan] { HookPlan.tracepoints(["waking", "switch"]) }

  func wireConfiguration() -> wakeuptime_config {
    var config = wakeuptime_config()
    config.stacks = stacks.wire(perThread: false)
    config.absence = absence.wire()
    return config
  }
}

extension wakeuptime_config: @retroactive ConfigurationLayout {}
