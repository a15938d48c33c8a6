import NIOPosix
import TraceKit

/// The options of an executable that runs tools for metrics.
public final class ExportOptions: ParsableArguments {
  @Option(
    help: """
      Serve the metrics for Prometheus on this address:port or unix:path, or on a socket \
      from systemd.
      """)
  var listen: String?

  @Option(help: "Send the metrics, and events as logs, to this URL by OTLP.")
  var otlp: String?

  @Option(help: "Run the tools in this file, a command line in each line.", completion: .file())
  var config: String?

  @Option(
    parsing: .unconditional, help: "Have tools summarize at this interval in seconds.",
    transform: { try interval($0) })
  var interval = 5.0

  @Option(
    name: .customLong("label-sets"), parsing: .unconditional,
    help: "Keep this many label sets of each tool; further ones count as other.",
    transform: { try number($0) })
  var labelSets = 1000

  public init() {}

  private static func interval(_ text: String) throws -> Double {
    guard let seconds = Double(text), seconds >= 0.1, seconds <= 86_400 else {
      throw ValidationError("'\(text)' is no number of seconds from 0.1 to 86400.")
    }
    return seconds
  }

  private static func number(_ text: String) throws -> Int {
    guard let number = Int(text), (1...100_000).contains(number) else {
      throw ValidationError("'\(text)' is no number from 1 to 100000.")
    }
    return number
  }

  /// Whether the options and the tool make sense.
  public func check(_ tool: [String]) throws {
    guard listen != nil || otlp != nil else {
      throw ValidationError("--listen or --otlp must say where the metrics go.")
    }
    guard tool.isEmpty != (config == nil) else {
      throw ValidationError("Give either a tool after -- or --config with a list of tools.")
    }
    if let listen, Endpoint(listen) == nil {
      throw ValidationError(
        "--listen: '\(listen)' is none of 127.0.0.1:9400, [::1]:9400, unix:/path and systemd.")
    }
    if let otlp { _ = try Receiver(otlp) }
  }

  private func commands(_ tool: [String]) throws -> [[String]] {
    guard let config else { return [tool] }
    guard let text = File.contents(of: config) else {
      throw ToolError(.failure, "cannot read '\(config)'")
    }
    do throws(CommandFile.Malformed) {
      let commands = try CommandFile.commands(in: text)
      guard !commands.isEmpty else { throw CommandFile.Malformed(line: 1, reason: "no command") }
      return commands
    } catch {
      throw ToolError(.usage, "'\(config)', \(error)")
    }
  }

  /// Runs the tools to their ends.
  ///
  /// - Returns: the exit status.
  public func run(_ tool: [String]) throws -> Int32 {
    let signals = Signals.descriptor
    let tools = try ExportedTool.all(commands(tool), interval: interval)
    let registry = Registry()
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let server = MetricsServer(registry, on: group)
    defer { server.stop() }
    if let listen, let endpoint = Endpoint(listen) {
      tell("tracing-exporter: metrics are at \(try server.start(at: endpoint))")
    }
    let sender = try otlp.map { try Sender(Receiver($0), registry, on: group, every: interval) }
    sender?.start()
    let names = tools.map(\.description)
    let supervisor = Supervisor(
      tools, registry, labelLimit: labelSets, restarts: config != nil
    ) { record, line, index in
      if names[index].rows == .events { sender?.add(record, line, of: names[index].tool) }
    }
    let status = supervisor.run(until: signals)
    sender?.stop()
    return status
  }
}
