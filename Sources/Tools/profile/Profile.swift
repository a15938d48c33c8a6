import BPFObjects
import TraceKit

@main
struct Profile: StackTool {
  static let configuration = CommandConfiguration.tool(
    "profile", "Sample the call stacks that run on the CPUs.",
    examples: [
      ("profile", "all stacks at 49 samples per second, until Ctrl-C"),
      ("profile 5", "for five seconds"),
      ("profile -F 99 -p 185", "process 185, 99 times per second"),
      ("profile -f 30 >stacks.txt", "folded, for flame graphs"),
      ("profile --flamegraph cpu.svg 10", "a flame graph of ten seconds"),
      ("profile --flamegraph new.svg --baseline old.txt 10", "coloured by what has changed"),
      ("profile --flamegraph both.svg --with off.txt 10", "with the output of offcputime -f"),
      ("profile -U -- make", "user frames of a command"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let tid: Character? = "L"
  }

  @Option(
    name: [.customShort("F"), .long], parsing: .unconditional,
    help: "Take this many samples per second on each CPU (default: 49).",
    transform: { try Parse.integer($0, "a frequency", in: 1...100_000) })
  var frequency: UInt64?

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Take a sample every this many CPU cycles, or nanoseconds if there is no cycle counter.",
    transform: { try Parse.integer($0, "a period", in: 1000...UInt64(Int64.max)) })
  var count: UInt64?

  @Option(
    name: [.customShort("C"), .long], parsing: .unconditional, help: "Sample this CPU only.",
    completion: .cpu, transform: Parse.cpu)
  var cpu: Int32?

  @Flag(
    name: [.customShort("I"), .customLong("include-idle")], help: "Count idle CPUs too.")
  var includeIdle = false

  @Flag(
    help: "Print the CPU time that samples stand for, in microseconds, as --with draws it.")
  var microseconds = false

  @OptionGroup var stacks: StackOptions<Letters>

  func validate() throws {
    guard frequency == nil || count == nil else {
      throw ValidationError("-F and -c cannot be combined.")
    }
    guard count == nil || !asksTime else {
      throw ValidationError("-c may count cycles, which are no time: use -F.")
    }
  }

  static let subject = "CPU time"
  static var image: ObjectImage { ObjectImage(profile_image()) }

  static var printingOptions: [String: Bool] { ["--microseconds": false] }
  var asksTime: Bool { microseconds || stacks.drawsAddition }
  var samplePeriod: UInt64? { count == nil ? 1_000_000_000 / (frequency ?? 49) : nil }

  private var rate: Sampling.Rate { count.map { .period($0) } ?? .frequency(frequency ?? 49) }

  var plans: [HookPlan] {
    [Sampling.Source.cycles, .clock].map { source in
      HookPlan(.sample, ["sample"], sampling: Sampling(source, rate, cpu: cpu))
    }
  }

  var start: String {
    let often = count.map { "each \($0) events" } ?? "at \(frequency ?? 49) Hertz"
    return "Sampling \(often)"
  }

  func wireConfiguration() -> profile_config {
    var config = profile_config()
    config.stacks = stacks.wire(perThread: false)
    config.include_idle = includeIdle ? 1 : 0
    return config
  }
}

extension profile_config: @retroactive ConfigurationLayout {}
