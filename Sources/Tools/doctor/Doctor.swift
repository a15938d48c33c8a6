import Collection
import TraceKit

@main
struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration.tool(
    "doctor", "Say which tools run here, and why others do not.",
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

  @Argument(help: "Ask these tools; all without a name.", completion: .list(Self.collection))
  var tools: [String] = []

  static let collection = String(cString: collection_tools()).split(separator: ",").map(String.init)

  static func main() {
    runToEnd()
  }

  func validate() throws {
    if let name = tools.first(where: { !Self.collection.contains($0) }) {
      let known = Self.collection.joined(separator: ", ")
      throw ValidationError("There is no tool '\(name)', only \(known).")
    }
    if let btf, !File.exists(btf) {
      throw ValidationError("--btf: there is no file '\(btf)'.")
    }
  }

  func run() throws {
    if report.version {
      Self.printVersion()
      return
    }
    if report.usage {
      print(Self.usageString())
      return
    }
    let answers = (tools.isEmpty ? Self.collection : tools).map { name in
      Neighbour(name).check(typesFile: btf)
    }
    let diagnosis = Diagnosis(facts: HostReadings.current().facts, tools: answers)
    try diagnosis.print(as: report.outputFormat, to: Output())
    if !diagnosis.isHealthy { throw ExitCode(ExitStatus.failure.rawValue) }
  }
}
