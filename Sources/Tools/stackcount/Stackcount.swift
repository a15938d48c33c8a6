import BPFObjects
import TraceKit

@main
struct Stackcount: StackTool {
  static let configuration = CommandConfiguration.tool(
    "stackcount", "Count the call stacks that lead to functions, tracepoints or USDT probes.",
    examples: [
      ("stackcount submit_bio", "a function of the kernel, until Ctrl-C"),
      ("stackcount -D 10 t:sched:sched_switch", "a tracepoint, for ten seconds"),
      ("stackcount -p 185 c:malloc", "who allocates in process 185"),
      ("stackcount -P -i 1 'tcp_send*'", "by process, every second"),
      ("stackcount u:postgres:query__start", "a USDT probe of a program"),
      ("stackcount -f c:open >stacks.txt", "folded, for flame graphs"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let duration: Character? = "D"
    static let interval: Character? = "i"
    static let verbose: Character? = nil
  }

  @OptionGroup var probes: ProbeOptions

  @Option(
    name: .shortAndLong, parsing: .unconditional, help: "Count on this CPU only.",
    completion: .cpu, transform: Parse.cpu)
  var cpu: Int32?

  @Flag(name: [.customShort("P"), .customLong("perpid")], help: "Print stacks by process.")
  var perProcess = false

  @Flag(name: [.customShort("T"), .long], help: "Print the time of each summary.")
  var timestamp = false

  @Flag(
    name: [.customShort("s"), .long], help: "Print the offset of each kernel frame in its function."
  )
  var offset = false

  @Flag(
    name: [.customShort("v"), .customLong("raw-addresses")],
    help: "Print the address of each frame, like -A.")
  var rawAddresses = false

  @Flag(help: "List the places that the probes are attached to.")
  var debug = false

  @OptionGroup var stacks: StackOptions<Letters>

  func validate() throws {
    try probes.check(answersOnly: common.onlyAnswers)
  }

  static let subject = "Calls"
  static var image: ObjectImage { ObjectImage(stackcount_image()) }
  var start: String { "Tracing \(probes.pattern ?? "")" }
  var showsTime: Bool { timestamp }
  static var printingOptions: [String: Bool] {
    [
      "-P": false, "--perpid": false, "-T": false, "-s": false, "--offset": false,
      "-v": false, "--raw-addresses": false,
    ]
  }

  func adapt(_ style: inout StackStyle) {
    style.joinsProcesses = !perProcess
    style.showsOffsets = offset
    if rawAddresses { style.showsAddresses = true }
  }

  private var places: ProbeSet {
    get throws { try probes.places(stacks.filter, command: commandLine) }
  }

  var plans: [HookPlan] {
    get throws {
      if debug { for name in try places.names { tell("\(Self.name): \(name)") } }
      var programs = ProbeSet.Programs.same
      // A probe in a program is at the beginning of a function, if it is no USDT probe.
      if try !places.isKernel { programs.function = "called" }
      return try probes.plans(
        stacks.filter, command: commandLine, programs, tellsApart: false, readsTypes: true)
    }
  }

  var isInPrograms: Bool { (try? places.isKernel) == false }

  func configure(_ object: inout OpenObject) throws(BPFError) {
    try object.setMaxEntries(of: "thread_scratch", to: isInPrograms ? 1024 : 1)
  }

  func wireConfiguration() throws -> stackcount_config {
    var config = stackcount_config()
    config.stacks = stacks.wire(perThread: false)
    // Of a program the kernel has only the frames of the probe itself.
    config.in_programs = try places.isKernel ? 0 : 1
    if config.in_programs != 0, config.stacks.user != 0 { config.stacks.kernel = 0 }
    config.one_cpu = cpu == nil ? 0 : 1
    config.cpu = UInt32(cpu ?? 0)
    return config
  }
}

extension stackcount_config: @retroactive ConfigurationLayout {}
