/// What every tool's command line has, whatever it shows.
public final class RunOptions<Letters: OptionLetters>: ParsableArguments {
  @Option(help: "Write rows as a table, json (one object per line) or csv.")
  var format: OutputFormat?

  @Flag(name: spelled(Letters.json, "json"), help: "Short for --format json.")
  var json = false

  @Option(
    parsing: .unconditional,
    help: """
      Choose columns: a,b prints these only; +a adds one to the default columns, \
      -a removes one.
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
    help: "Stop after this many seconds.", transform: Parse.seconds)
  public var duration: Double?

  @Option(
    help: """
      Use hooks of this kind only: tp_btf, fentry, tracepoint, raw_tp, kprobe, uprobe, \
      perf_event, cgroup_skb, tcx or xdp; tp_btf:2 selects the second of several plans of a \
      kind.
      """,
    completion: .hooks)
  var hooks: HookChoice?

  @Flag(help: "Try all hooks, report which work here and why others do not, and exit.")
  var check = false

  @Option(help: "Read the kernel's types from this BTF file.", completion: .file())
  var btf: String?

  /// The file of the kernel's types; nil: the kernel's own.
  public var typesFile: String? { btf }

  @Flag(help: "Print the event counts and the cost of the run at the end.")
  var stats = false

  @Flag(name: .customLong("fail-on-loss"), help: "Exit with status 1 if an event was lost.")
  var failOnLoss = false

  @Flag(
    name: spelled(Letters.verbose, "verbose"),
    help: "Report which hooks are used and why others are not; twice, libbpf's messages too.")
  var verbose: Int

  @Option(
    help: """
      Serve the counts as metrics for Prometheus on this address:port or unix:path, or \
      on a socket from systemd.
      """)
  var listen: String?

  @Option(help: "Send the counts, and events as logs, to this URL by OTLP.")
  var otlp: String?

  /// For a program that runs the tool: it prints what its rows are, and exits.
  @Flag(help: .hidden)
  var describe = false

  /// The same: JSON has the account at each interval or second too, and all rows.
  @Flag(help: .hidden)
  var accounts = false

  @Flag(help: "Print a short usage message.")
  var usage = false

  @Flag(name: [.customShort("V"), .long], help: "Print the version.")
  var version = false

  @Argument(
    parsing: .postTerminator,
    help: "Run this command and trace it and its descendants until it exits.",
    completion: .file())
  var command: [String] = []

  public init() {}

  /// The command to trace; nil without one.
  public var commandLine: [String]? { command.isEmpty ? nil : command }

  /// Whether a question about the tool itself is to be answered, for which it needs no other
  /// argument.
  public var onlyAnswers: Bool { check || usage || version }

  public func validate() throws {
    if json, let format, format != .json {
      throw ValidationError("--json and --format \(format.rawValue) cannot be combined.")
    }
    if let btf, !File.exists(btf) {
      throw ValidationError("--btf: there is no file '\(btf)'.")
    }
  }

  /// Whether another program runs the tool and makes metrics of what it writes.
  var isExported: Bool { listen != nil || otlp != nil }

  /// Whether details of the run are reported.
  public var isVerbose: Bool { verbose > 0 }

  /// Reports the hooks as with --verbose, for another option of the tool.
  public func reportHooks() { verbose = max(verbose, 1) }

  /// Uses the format that another option of the tool selects.
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
