import BPFObjects
import TraceKit

/// The options of klockstat.
final class LockOptions<Letters: OptionLetters>: ParsableArguments, SummarySettings {
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
    transform: LockOrder.init(parsing:))
  var sort = LockOrder()

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

  var seconds: Double? { intervals.seconds }
  var times: Int? { intervals.times }
  var limit: Int { .max }

  /// Frames of the hook and of the functions of locks, before that of the caller.
  private var framesBefore: UInt32 { 16 }

  var frames: stack_config {
    stack_config(kernelFrames: min(stacks + framesBefore, UInt32(STACK_DEPTH)))
  }

  var choice: LockChoice {
    LockChoice(
      caller: caller, most: locks, frames: Int(stacks), order: sort, isReset: reset)
  }
}

/// By what rows are sorted, the greatest first.
struct LockOrder {
  enum Field: String {
    case max, total, count

    func value(_ times: klockstat_times) -> UInt64 {
      switch self {
      case .max: times.max_ns
      case .total: times.total_ns
      case .count: times.count
      }
    }
  }

  var wait = Field.max
  var hold = Field.max

  init() {}

  @Sendable init(parsing text: String) throws {
    for name in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let field = Field(rawValue: String(name.dropFirst(4))) else { throw Self.unknown }
      switch name.prefix(4) {
      case "acq_": wait = field
      case "hld_": hold = field
      default: throw Self.unknown
      }
    }
  }

  private static let unknown = ValidationError(
    "use acq_max, acq_total, acq_count, hld_max, hld_total or hld_count, or one of each")
}

/// Which rows are shown.
struct LockChoice {
  let caller: String?
  /// Of each side.
  let most: Int
  /// How many frames tell callers apart.
  let frames: Int
  let order: LockOrder
  /// Whether each summary has only what is new.
  let isReset: Bool
}
