import BPFObjects
import TraceKit

@main
struct Argdist: SummaryTool, ProbeObjectTool {
  static let configuration = CommandConfiguration.tool(
    "argdist", "Count values of arguments at functions, tracepoints and USDT probes.",
    usage: "argdist [<options>] -C|-H <specifier> ... [-- <command> ...]",
    examples: [
      ("argdist -C 'p:c:malloc(size_t n):size_t:n'", "how often each size is allocated"),
      ("argdist -H 'p:c:malloc(size_t n):size_t:n'", "as a histogram"),
      ("argdist -C 'r:c:read():int:$retval:$retval<0'", "what read returns where it fails"),
      ("argdist -H 'r:c:read():u64:$latency/1000#us'", "how long it takes"),
      ("argdist -C 't:irq:irq_handler_entry():int:args->irq'", "a field of a tracepoint"),
      ("argdist -p 181 -C 'p:c:write(int fd):int:fd'", "files that process 181 writes to"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let tid: Character? = "t"
    static let duration: Character? = "d"
  }

  @Option(
    name: [.customShort("C"), .customLong("count")], parsing: .upToNextOption,
    help: "Count how often each value occurs.")
  var counted: [String] = []

  @Option(
    name: [.customShort("H"), .customLong("histogram")], parsing: .upToNextOption,
    help: "Count powers of two of values, as a histogram.")
  var histograms: [String] = []

  @Option(
    name: [.customShort("z"), .long], parsing: .unconditional,
    help: "Read at most this many bytes of a text (default: 80).",
    transform: { try Parse.integer($0, "a number of bytes", in: 1...UInt32(ARGDIST_TEXT_SIZE)) })
  var stringSize: UInt32 = 80

  @Flag(name: .shortAndLong, help: "Do not count anew after each summary.")
  var cumulative = false

  @Option(
    name: [.customShort("T"), .long], parsing: .unconditional,
    help: "Print the most frequent values only, this many of each specifier.",
    transform: Parse.count)
  var top: Int?

  @Option(
    name: [.customShort("I"), .long], parsing: .unconditionalSingleValue,
    help: "Refused: there is no compiler to include headers; types are the kernel's own.",
    transform: Question.refuseHeader)
  var include: [String] = []

  @OptionGroup var summary: NumberedSummaryOptions<Letters>

  func validate() throws {
    if counted.isEmpty, histograms.isEmpty, !summary.run.onlyAnswers {
      throw ValidationError("A specifier is missing; use -C or -H.")
    }
    for (option, specifiers) in [("-C", counted), ("-H", histograms)] {
      for specifier in specifiers { try Distribution.check(specifier, of: option) }
    }
  }

  static let subject = "values"
  static var image: ObjectImage { ObjectImage(argdist_image()) }
  var recordType: String { "value" }

  private static let distributions = LookedUp<Distributions>()

  private func distributions() throws -> Distributions {
    try Self.distributions.value {
      try Distributions(
        counted.map { ($0, false) } + histograms.map { ($0, true) },
        of: summary.filter.pid?.first, only: summary.filter.onlyProcess(command: commandLine),
        textSize: stringSize,
        programs: .init(
          function: "argdist_function", functionReturn: "argdist_function",
          tracepoint: "argdist_tracepoint"),
        keeping: .init(function: "argdist_begin", functionReturn: "argdist_end"))
    }
  }

  var objects: [CompanionObject<argdist_config>] {
    get throws {
      try distributions().measured.map {
        CompanionObject(
          probeConfiguration($0), plans: $0.plans, label: $0.distribution.spec.text,
          maps: ["counts"])
      }
    }
  }

  static var samplePlans: [HookPlan] {
    get throws {
      try AskedProbes.samples(function: "argdist_function", tracepoint: "argdist_tracepoint")
    }
  }

  private func probeConfiguration(_ measured: Distributions.Measured) -> argdist_config {
    var config = argdist_config()
    config.probe = UInt32(measured.number)
    config.has_powers = measured.hasPowers ? 1 : 0
    config.calls.depth = UInt32(CALLS_DEPTH)
    config.calls.has_stack = measured.isUser ? 1 : 0
    config.calls.told_apart = measured.tellsApart ? 1 : 0
    if let begin = measured.begin { config.begin = begin }
    config.values = measured.program
    return config
  }

  func configure(_ object: inout OpenObject) throws(BPFError) {
    try object.setMaxEntries(of: "counts", to: 65_536)
  }

  func source(_ session: Session) throws(BPFError) -> DistributionReader<argdist_key> {
    guard let distributions = Self.distributions.known else {
      throw BPFError(.readMap, "counts", explanation: "no specifier was read")
    }
    return try DistributionReader(
      session, distributions, top: top, isCumulative: cumulative)
  }

  /// In a table each specifier has lines of its own.
  var heading: SummaryHeading { .linesAtTimes }

  var columns: [Column<DistributionRow>] { DistributionRow.columns }

  func details(of row: DistributionRow) -> [String] { row.details }
}

extension argdist_config: @retroactive ConfigurationLayout {}
extension argdist_key: @retroactive DistributionKey {
  public func value(_ index: Int) -> Int64 {
    withUnsafeBytes(of: values) { $0.loadUnaligned(fromByteOffset: index * 8, as: Int64.self) }
  }

  public var textBytes: [UInt8] { withUnsafeBytes(of: text) { Array($0.upToNUL) } }
}
