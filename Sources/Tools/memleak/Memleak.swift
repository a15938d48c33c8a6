import BPFObjects
import TraceKit

@main
struct Memleak: OutstandingTool {
  static let configuration = CommandConfiguration.tool(
    "memleak", "Report memory that is allocated and not freed, by call stack.",
    examples: [
      ("memleak -p 181", "what process 181 allocates and keeps, every 5 seconds"),
      ("memleak -p 181 10 6", "every 10 seconds, six times"),
      ("memleak -p 181 -a", "with the address of each allocation"),
      ("memleak -p 181 -o 60000", "allocations that are older than a minute"),
      ("memleak -c './server --port 80'", "a command, from its first allocation on"),
      ("memleak -p 181 -s 100", "one in 100 allocations, at less cost"),
      ("memleak -O /opt/lib/libjemalloc.so.2", "an allocator, in all processes"),
      ("memleak -p 181 --flamegraph leak.svg", "draw what is outstanding at the end"),
      ("memleak", "the kernel's own memory"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @Flag(
    name: [.customShort("t"), .customLong("trace")], help: "Print each allocation and free too.")
  var reportsEvents = false

  @Option(
    name: [.customShort("c"), .customLong("command")], parsing: .unconditional,
    help: "Run this command and trace it, like the words after --.", completion: .file())
  var line: String?

  @Flag(
    name: [.customShort("F"), .long],
    help: "Take an allocation at a known address as the free of the former one; always on.")
  var waMissingFree = false

  @Option(
    name: [.customShort("O"), .customLong("obj")],
    help: "Trace the allocator in this library or program instead of those in use.",
    completion: .file())
  var object: String?

  @Flag(
    name: [.customShort("P"), .long], help: "Trace the kernel's allocations of per-CPU memory.")
  var percpu = false

  @Flag(help: "Trace the kernel's own memory, as without a process, that the filters let through.")
  var kernel = false

  @Option(
    name: [.customShort("S"), .long], help: "The allocator's functions begin with this, as je_.")
  var symbolsPrefix = ""

  @OptionGroup var outstanding: OutstandingOptions<Letters>

  func validate() throws {
    if line != nil, outstanding.run.commandLine != nil {
      throw ValidationError("The command is given twice.")
    }
    if reportsEvents, outstanding.run.outputFormat == .csv {
      throw ValidationError("--trace conflicts with --format csv, which has one kind of rows.")
    }
    if let line, line.allSatisfy({ $0 == " " }) {
      throw ValidationError("--command: a command is missing.")
    }
    if isOfKernel, object != nil || !symbolsPrefix.isEmpty {
      throw ValidationError("The kernel's memory conflicts with --obj and --symbols-prefix.")
    }
  }

  var commandLine: [String]? {
    line?.split(separator: " ").map(String.init) ?? outstanding.run.commandLine
  }

  static let subject = "Outstanding memory"
  static var image: ObjectImage { ObjectImage(memleak_image()) }
  var isOfKernel: Bool {
    kernel || percpu || outstanding.filter.pid == nil && commandLine == nil && object == nil
  }

  var plans: [HookPlan] {
    get throws {
      guard isOfKernel else { return [try userPlan] }
      // Without a process, those of this one show whether probes work.
      return kernelPlans + (outstanding.run.onlyAnswers && !percpu ? [try userPlan] : [])
    }
  }

  func wireConfiguration() -> memleak_config {
    var config = memleak_config()
    config.stacks = outstanding.stacks(ofKernel: isOfKernel)
    config.outstanding = outstanding.wire()
    config.reports_calls = reportsEvents ? 1 : 0
    config.page_size = 1 << Pages.shift
    config.cpus = UInt32(KernelFeatures.possibleCPUs)
    return config
  }

  /// What is allocated out of such pages is recorded by itself.
  static func isRepeated(_ frames: [Frame]) -> Bool { SlabPages.areAllocated(by: frames) }

  static let eventType = "call"
  var eventColumns: [Column<Record<memleak_event>>] {
    [
      .time(presence: .shown), .pid(width: 7),
      .tid(width: 7, presence: .shown),
      .comm(),
      Column("operation", "CALL", width: 5, role: .key) {
        $1.text($0.event.operation == MEMORY_FREED ? "free" : "alloc")
      },
      Column("address", "ADDR", width: 18) {
        $1.text("0x" + String($0.event.address, radix: 16))
      },
      Column("size", "SIZE", width: 0) { $1.integer($0.event.size) },
    ]
  }
}

extension memleak_config: @retroactive ConfigurationLayout {}
extension memleak_event: @retroactive EventLayout {}
