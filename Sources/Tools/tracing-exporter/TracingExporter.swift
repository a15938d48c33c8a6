import Exporting
import TraceKit

@main
struct TracingExporter: ParsableCommand {
  static let configuration = CommandConfiguration.tool(
    "tracing-exporter", "Run tools and serve what they count as metrics.",
    usage: "tracing-exporter [<options>] [-- <tool> [<argument> ...]]",
    examples: [
      ("tracing-exporter --listen 127.0.0.1:9400 -- biolatency", "disks"),
      ("tracing-exporter --listen 127.0.0.1:9400 --config tools.conf", "a list"),
    ])

  @OptionGroup var export: ExportOptions

  @Flag(help: "Print a short usage message.")
  var usage = false

  @Flag(name: [.customShort("V"), .long], help: "Print the version.")
  var version = false

  @Argument(
    parsing: .postTerminator, help: "Run this tool, and end with it.", completion: .file())
  var tool: [String] = []

  static func main() {
    runToEnd()
  }

  func run() throws {
    if version { return Self.printVersion() }
    if usage { return print(Self.usageString()) }
    // Only now, since an option that there is not comes first.
    try export.check(tool)
    let status = try export.run(tool)
    if status != 0 { throw ExitCode(status) }
  }
}
