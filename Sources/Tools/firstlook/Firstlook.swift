import Glibc
import TraceKit

@main
struct Firstlook: ParsableCommand {
  static let configuration = CommandConfiguration.tool(
    "firstlook", "Run a minute of the tools side by side, and report what is unusual on this host.",
    usage: "firstlook [<options>] [<section> ...]",
    examples: [
      ("firstlook", "a minute of this host"),
      ("firstlook --duration 10 disks files", "ten seconds, two sections"),
      ("firstlook --html report.html", "a page with histograms and a flame graph"),
      ("firstlook --json", "one object for each line of the report"),
    ])

  @Option(
    parsing: .unconditional, help: "Look for this many seconds (default: 60).",
    transform: Parse.seconds)
  var duration = 60.0

  @Option(
    help: "Write the report as one HTML page to this file too.",
    completion: .file(extensions: ["html"]))
  var html: String?

  @Flag(name: .shortAndLong, help: "Report when each tool is attached.")
  var verbose = false

  @OptionGroup var report: ReportOptions

  @Argument(
    help: "Look at these sections only: \(Section.names.joined(separator: ", ")).",
    completion: .list(Section.names))
  var sections: [String] = []

  static func main() {
    runToEnd()
  }

  func validate() throws {
    if let name = sections.first(where: { !Section.names.contains($0) }) {
      let known = Section.names.joined(separator: ", ")
      throw ValidationError("There is no section '\(name)', only \(known).")
    }
  }

  func run() throws {
    if report.answer(for: Self.self) { return }
    let signals = Signals.descriptor
    let page = try html.map { try DrawingFile($0) }
    let asked = Section.all.filter { sections.isEmpty || sections.contains($0.name) }
    let look = Look(at: asked, seconds: duration, isVerbose: verbose)
    if report.outputFormat == .table, isatty(STDERR_FILENO) == 1 {
      tell("Looking for \(Figure.number(duration)) seconds... Hit Ctrl-C to report earlier.")
    }
    look.run(until: signals)
    let result = Report(look)
    if let page { try page.write { HTMLPage(result).write(to: $0) } }
    try result.print(as: report.outputFormat, to: Output())
    if let status = result.failure { throw ExitCode(status.rawValue) }
  }
}
