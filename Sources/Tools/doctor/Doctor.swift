import Collection
import TraceKit

@main
struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration.tool(
    "doctor", "Report which tools run here, and why others do not.",
    usage: "doctor [<options>] [<tool> ...]",
    examples: [
      ("doctor", "this host, this user, all tools"),
      ("doctor opensnoop", "one tool"),
      ("doctor --json", "with all plans of each tool"),
      ("doctor --btf FILE", "with the kernel's types from a file"),
    ])

  @Option(help: "Read the kernel's types from this BTF file.", completion: .file())
  var btf: String?

  @OptionGroup var report: ReportOptions

  @Argument(help: "Check these tools (default: all).", completion: .list(Self.known))
  var tools: [String] = []

  static let collection = String(cString: collection_tools()).split(separator: ",").map(String.init)
  static let aliases = Alias.table(String(cString: collection_aliases()))
  static let known = collection + aliases.filter { $0.refusal == nil }.map(\.name)

  static func main() {
    runToEnd(aliases: String(cString: collection_aliases()))
  }

  func validate() throws {
    if let name = tools.first(where: { !Self.known.contains($0) }) {
      if let refusal = Self.aliases.first(where: { $0.name == name })?.refusal {
        throw ValidationError("There is no tool '\(name)': \(refusal).")
      }
      let known = Self.collection.joined(separator: ", ")
      throw ValidationError("There is no tool '\(name)', only \(known).")
    }
    if let btf, !File.exists(btf) {
      throw ValidationError("--btf: there is no file '\(btf)'.")
    }
  }

  func run() throws {
    if report.answer(for: Self.self) { return }
    let answers = Neighbour.check(
      tools.isEmpty ? Self.collection : tools, aliases: Self.aliases, typesFile: btf)
    let diagnosis = Diagnosis(
      facts: HostReadings.current().facts, tools: answers, pins: PinRow.all())
    try diagnosis.print(as: report.outputFormat, to: Output())
    if !diagnosis.isHealthy { throw ExitCode(ExitStatus.failure.rawValue) }
  }
}
