import BPFObjects
import TraceKit

/// The options of a tool that sums up how long locks are waited for and held.
final class LockTimesOptions<Letters: OptionLetters>: ParsableArguments, SummarySettings {
  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Show callers only whose function begins with this.")
  var caller: String?

  @Option(
    name: [.customShort("L"), .long], parsing: .unconditional,
    help: "Trace this lock only, by the name of the kernel's variable or its address (0x...).")
  var lock: String?

  @Option(
    name: [.customShort("n"), .long], parsing: .unconditional,
    help: "Print at most this many callers or threads in each table.", transform: Parse.count)
  var locks: Int = .max

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Print this many frames of each caller, and who waited or held longest.",
    transform: { try Parse.integer($0, "a number of frames", in: 1...UInt32(STACK_DEPTH)) })
  var stacks: UInt32 = 1

  @Option(
    name: [.customShort("S"), .long], parsing: .unconditional,
    help: "Sort waits by acq_max, acq_total or acq_count, and holds by hld_max and so on.",
    transform: LockTimesOrder.init(parsing:))
  var sort = LockTimesOrder()

  @Flag(name: [.customShort("R"), .long], help: "Begin anew at each interval.")
  var reset = false

  @Flag(name: [.customShort("T"), .long], help: "Print the time of each summary.")
  var timestamp = false

  @Flag(name: [.customShort("P"), .long], help: "Print the times of each thread.")
  var perThread = false

  @Flag(help: "Show waits for spinlocks too, where only contended locks are seen.")
  var spinlocks = false

  @OptionGroup var intervals: SummaryInterval
  @OptionGroup var storage: StackStorage
  @OptionGroup(title: "Filters") var filter: FilterOptions<Letters>
  @OptionGroup(title: "Common options") var run: RunOptions<Letters>
  @OptionGroup(title: "Record and replay") var recording: RecordingOptions

  init() {}

  var seconds: Double? { intervals.seconds }
  var times: Int? { intervals.times }
  var limit: Int { .max }

  /// Frames of the hook and of the functions of locks, before that of the caller.
  private var framesBefore: UInt32 { 16 }

  var frames: stack_config {
    stack_config(kernelFrames: min(stacks + framesBefore, UInt32(STACK_DEPTH)))
  }

  var choice: LockTimesChoice {
    LockTimesChoice(
      caller: caller, most: locks, frames: Int(stacks), order: sort, isReset: reset)
  }
}
