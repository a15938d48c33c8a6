/// What every tool's command line has, whatever it shows.
public final class RunOptions<Letters: OptionLetters>: ParsableArguments {
  @Option(help: "Write rows as a table, json (one object a line) or csv.")
  var format: OutputFormat?

  @Flag(name: spelled(Letters.json, "json"), help: "Short for --format json.")
  var json = false

  @Option(
    parsing: .unconditional,
    help: """
      Choose columns: a,b prints these only; +a adds one to the default columns, \
      -a takes one away.
      """,
    completion: .columns, transform: ColumnSelection.init(parsing:))
  var columns: ColumnSelection = .none

  @Option(
    name: .customLong("time-format"),
    help: "Write times as local, utc, iso, epoch, elapsed, boot or none.")
  var timeFormat: TimeFormat?

  @Option(help: "Write to this file instead of standard output.", completion: .file())
  var output: String?

  @Option(
    name: spelled(Letters.duration, "duration"), parsing: .unconditional,
    help: "End after so many seconds.", transform: Parse.seconds)
  public var duration: Double?

  @Option(
    help: """
      Take hooks of this kind only: tp_btf, fentry, tracepoint, raw_tp, kprobe, uprobe or \
      perf_event; of several plans of a kind, tp_btf:2 takes the second.
      """,
    completion: .hooks)
  var hooks: HookChoice?

  @Flag(help: "Try all hooks, say which work here and why others do not, and end.")
  var check = false

  @Option(help: "Read the kernel's types from this BTF file.", completion: .file())
  var btf: String?

  @Flag(help: "Tell the account of events and the cost of the run at the end.")
  var stats = false

  @Flag(name: .customLong("fail-on-loss"), help: "End with status 1 if an event was lost.")
  var failOnLoss = false

  @Flag(
    name: .shortAndLong,
    help: "Say which hooks were taken and why others were not; twice, what libbpf says.")
  var verbose: Int

  @Flag(help: "Print a short usage message.")
  var usage = false

  @Flag(name: [.customShort("V"), .long], help: "Print the version.")
  var version = false

  @Argument(
    parsing: .postTerminator,
    help: "Run this command and trace it and its descendants until it ends.",
    completion: .file())
  var command: [String] = []

  public init() {}

  /// The command to trace; nil without one.
  public var commandLine: [String]? { command.isEmpty ? nil : command }

  public func validate() throws {
    if json, let format, format != .json {
      throw ValidationError("--json and --format \(format.rawValue) cannot be combined.")
    }
    if let btf, !File.exists(btf) {
      throw ValidationError("--btf: there is no file '\(btf)'.")
    }
  }

  /// Takes the format that another option of the tool stands for.
  public func prefer(_ other: OutputFormat, by option: String) throws {
    guard format == nil || format == other, !json else {
      throw ValidationError("\(option) and --format \(outputFormat.rawValue) cannot be combined.")
    }
    format = other
  }

  public var outputFormat: OutputFormat { json ? .json : format ?? .table }

  /// What a tool's own option for CSV asks for.
  public func chooseCSV() throws {
    if json { throw ValidationError("--csv and --json cannot be combined.") }
    if let format, format != .csv {
      throw ValidationError("--csv and --format \(format.rawValue) cannot be combined.")
    }
    format = .csv
  }
}

extension HookChoice: ExpressibleByArgument {
  public init?(argument: String) {
    self.init(argument)
  }

  public static var allValueStrings: [String] { HookKind.allCases.map(\.rawValue) }
}
