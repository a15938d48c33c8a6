import TraceKit

@main
struct Tplist: ParsableCommand {
  static let configuration = CommandConfiguration.tool(
    "tplist", "List kernel tracepoints, or the USDT probes of a program, and their formats.",
    usage: "tplist [<options>] [<filter>]",
    examples: [
      ("tplist", "all tracepoints of the kernel"),
      ("tplist 'sched:*'", "those of the scheduler"),
      ("tplist -v block:block_rq_issue", "one, with its fields"),
      ("tplist -l c", "the probes of the C library"),
      ("tplist -p 181", "the probes of process 181"),
      ("tplist -v -l node 'node:gc*'", "some probes, with their arguments"),
    ])

  @Option(
    name: .shortAndLong, parsing: .unconditional, help: "List the probes of this process.",
    completion: .process, transform: Parse.pid)
  var pid: UInt32?

  @Option(
    name: .shortAndLong, help: "List the probes of this library or program.",
    completion: .file())
  var lib: String?

  @Flag(name: .customShort("v"), help: "Print the fields, or the places and arguments.")
  var variables = false

  @OptionGroup var report: ReportOptions

  @Argument(help: "List names that match this pattern of a shell only.")
  var filter: String?

  static func main() {
    runToEnd()
  }

  func run() throws {
    if report.answer(for: Self.self) { return }
    try ProbeList.print(
      library: lib, process: pid, matching: filter, withDetails: variables,
      as: report.outputFormat, to: Output())
  }
}
