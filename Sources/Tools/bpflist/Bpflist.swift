import TraceKit

@main
struct Bpflist: ParsableCommand {
  static let configuration = CommandConfiguration.tool(
    "bpflist", "List the processes that hold BPF programs, maps, links and probes.",
    usage: "bpflist [<options>]",
    examples: [
      ("bpflist", "how many of each kind a process holds"),
      ("bpflist -v", "kprobes and uprobes too"),
      ("bpflist -vv", "and which these are"),
      ("bpflist -o", "a line for each, also those that no process holds"),
      ("bpflist -vo -p 181", "all that process 181 has, with its probes"),
    ])

  @Flag(
    name: [.customShort("v"), .long],
    help: "Count kprobes and uprobes too; twice: print them as well.")
  var verbosity: Int

  @Option(
    name: .shortAndLong, parsing: .unconditional, help: "Only this process.",
    completion: .process, transform: Parse.pid)
  var pid: UInt32?

  @Flag(
    name: .shortAndLong,
    help: "Print a line for each program, map and link, held or not, instead of counts.")
  var objects = false

  @OptionGroup var report: ReportOptions

  static func main() {
    runToEnd()
  }

  func run() throws {
    if report.answer(for: Self.self) { return }
    try HolderList.print(
      for: Self.name, process: pid, verbosity: verbosity, listsObjects: objects,
      as: report.outputFormat, to: Output())
  }
}
