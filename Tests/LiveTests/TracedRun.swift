import Foundation
import Testing

/// A tool at work: started, attached, and later stopped.
final class TracedRun {
  let tool: String
  let process: Subprocess
  /// The BPF objects that it holds, as arguments of `workload objects`.
  private(set) var objects: [String] = []

  /// Starts a tool and waits until it is attached.
  ///
  /// - Parameters:
  ///   - plan: what `--hooks` is given; nil: the tool chooses.
  ///   - environment: options of `workload env` to start it in.
  init(
    _ tool: String, _ arguments: [String] = ["--json"], plan: String? = nil,
    environment: [String] = [], output: Subprocess.Sink = .memory
  ) throws {
    self.tool = tool
    process = try Self.start(
      tool, arguments, plan: plan, environment: environment, output: output)
    try waitFor("\(tool) to attach") { self.attachment != nil || process.poll() != nil }
    // One that ended at once may have said it a moment before.
    if process.poll() != nil { process.errors.finish() }
    guard attachment != nil else {
      process.errors.finish()
      throw NotAttached(
        command: "\(tool) \(arguments)", errors: process.errors.text, end: try process.wait())
    }
    objects = Self.objects(of: process.pid)
  }

  /// Runs a tool over a workload to a fine end.
  ///
  /// - Parameter arguments: `@` stands for the workload's process.
  static func result(
    of tool: String, _ arguments: [String], over workload: Workload, plan: String? = nil
  ) throws -> RunResult {
    let named = arguments.map { $0.replacingOccurrences(of: "@", with: "\(workload.pid)") }
    let run = try TracedRun(tool, named + ["--json"], plan: plan)
    try workload.run()
    let result = try run.stop()
    #expect(result.end == .exited(0), "\(result.errors)")
    #expect(result.leftInKernel == "")
    return result
  }

  static func start(
    _ tool: String, _ arguments: [String], plan: String? = nil, environment: [String] = [],
    output: Subprocess.Sink = .memory
  ) throws -> Subprocess {
    let launcher =
      environment.isEmpty ? [] : [Executable.path("workload"), "env"] + environment + ["--"]
    let hooks = plan.map { ["--hooks", $0] } ?? []
    let needed = needed(tool, arguments)
    return try Subprocess(
      launcher + [Executable.path(tool), "--verbose"] + hooks + needed + arguments, output: output)
  }

  /// What a tool must be told, where the test does not say: a function to time, of which
  /// the calls of a workload are known.
  static func needed(_ tool: String, _ arguments: [String] = []) -> [String] {
    guard let needs = ToolCase.all.first(where: { $0.name == tool })?.needs else { return [] }
    let isTold = arguments.contains {
      $0.contains(":") || $0.contains("_") && !$0.hasPrefix("-") && !$0.hasPrefix("/")
        || $0.hasPrefix("--") && needs.contains($0) || ["mysql", "postgres"].contains($0)
    }
    // The language is that of the process.
    if needs.first == "-l", arguments.first.flatMap(UInt32.init) != nil { return [] }
    // A command is a process as well.
    if needs.first == "--pid", arguments.contains("--") { return [] }
    return isTold ? [] : needs.map { $0 == "@self" ? "\(getpid())" : $0 }
  }

  /// Starts a tool and waits until it is attached or has ended by itself.
  static func startOrEnd(
    _ tool: String, _ arguments: [String], plan: String? = nil, environment: [String] = [],
    output: Subprocess.Sink = .memory
  ) throws -> Subprocess {
    let process = try start(
      tool, arguments, plan: plan, environment: environment, output: output)
    try awaitAttachmentOrEnd(of: process, tool)
    return process
  }

  static func awaitAttachmentOrEnd(of process: Subprocess, _ tool: String) throws {
    try waitFor("\(tool) to attach or to end") {
      process.poll() != nil || process.errors.text.contains("\(tool): attached by ")
    }
  }

  /// The kind of hook that it took.
  var attachment: String? {
    for line in process.errors.text.split(separator: "\n") {
      let prefix = "\(tool): attached by "
      if line.hasPrefix(prefix) {
        return String(line.dropFirst(prefix.count).prefix { $0 != ":" })
      }
    }
    return nil
  }

  /// The records that it has written so far, without one that has not come whole.
  func rowsSoFar() throws -> [Row] {
    let data = process.output.data
    let end = data.lastIndex(of: UInt8(ascii: "\n")) ?? data.startIndex
    return try RunResult(
      end: .exited(0), output: data[..<end], errors: "", leftInKernel: ""
    ).rows()
  }

  /// Ends it and waits until nothing of it is left in the kernel.
  func stop(_ signal: Int32 = SIGINT) throws -> RunResult {
    process.signal(signal)
    return try finish()
  }

  /// Waits for its own end.
  func finish(seconds: Double = Patience.seconds) throws -> RunResult {
    let end = try process.wait(seconds: seconds)
    let left = try Subprocess([Executable.path("workload"), "objects", "30"] + objects)
    try left.wait()
    return RunResult(
      end: end, output: process.output.data, errors: process.errors.text,
      leftInKernel: left.output.text)
  }

  /// A process that may trace but is no root may not read these of itself.
  private static func objects(of pid: pid_t) -> [String] {
    let directory = "/proc/\(pid)/fdinfo"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return names.flatMap { name -> [String] in
      let text = (try? String(contentsOfFile: directory + "/" + name, encoding: .utf8)) ?? ""
      let lines = text.split(separator: "\n").map { $0.split(separator: "\t") }
      let link = lines.first { $0[0] == "link_id:" }
      let map = lines.first { $0[0] == "map_id:" }
      let program = lines.first { $0[0] == "prog_id:" }
      let found = [("link", link), ("map", map), ("prog", program)]
      return found.flatMap { kind, line in
        line.map { $0.count > 1 ? [kind, String($0[1])] : [] } ?? []
      }
    }
  }
}

/// A tool that ended before it was attached.
struct NotAttached: Error, CustomStringConvertible {
  let command: String
  let errors: String
  let end: Subprocess.End

  var description: String { "\(command) did not attach: \(errors)" }
}

/// What a tool left behind: its data, its words, its status.
struct RunResult {
  let end: Subprocess.End
  var output: Data
  let errors: String
  /// The BPF objects that outlived it; empty as it should be.
  let leftInKernel: String

  var text: String { String(decoding: output, as: UTF8.self) }
  var lines: [Substring] { text.split(separator: "\n") }

  /// All JSON records.
  func records() throws -> [Row] {
    try output.split(separator: UInt8(ascii: "\n")).map { line in
      guard let values = try JSONSerialization.jsonObject(with: line) as? [String: Any] else {
        throw LiveError("not a JSON object: \(String(decoding: line, as: UTF8.self))")
      }
      return Row(values: values)
    }
  }

  /// The account that `--stats` tells, by the names of the JSON record.
  func account() throws -> [String: Int] {
    let line = errors.split(separator: "\n").last { $0.contains(": seen ") }
    guard let line else { throw LiveError("no account was told: \(errors)") }
    let parts = line.drop { $0 != ":" }.dropFirst(2).split(separator: ",").map { part in
      part.split(separator: " ")
    }
    return Dictionary(
      uniqueKeysWithValues: parts.map { words in
        (words.dropLast().joined(separator: "_"), Int(words.last ?? "") ?? -1)
      })
  }

  /// The records of events.
  func rows() throws -> [Row] { try records().filter { $0["type"] != "summary" } }

  /// The last record, with the account.
  func summary() throws -> Row {
    let last = output.split(separator: UInt8(ascii: "\n")).last ?? Data()
    let values = try JSONSerialization.jsonObject(with: last) as? [String: Any]
    guard let values, values["type"] as? String == "summary" else {
      throw LiveError("the last line is no summary; \(errors)")
    }
    return Row(values: values)
  }
}

/// A JSON object.
struct Row {
  let values: [String: Any]

  subscript(_ key: String) -> String? { values[key] as? String }

  subscript(_ key: String) -> Int? { (values[key] as? NSNumber)?.intValue }

  func bool(_ key: String) -> Bool? { values[key] as? Bool }

  /// Its time, with nanoseconds.
  var date: Date? {
    guard let time = values["time"] as? String,
      let second = ISO8601DateFormatter().date(from: time.prefix(19) + "Z"),
      let fraction = Double("0" + time.dropFirst(19).dropLast())
    else { return nil }
    return second + fraction
  }

  /// A number with a fraction; less than any where there is none.
  func number(_ key: String) -> Double {
    (values[key] as? NSNumber)?.doubleValue ?? -.infinity
  }

  func texts(_ key: String) -> [String] { values[key] as? [String] ?? [] }

  /// The buckets of a histogram.
  var buckets: [(low: Int, count: Int)] {
    (values["buckets"] as? [[String: Any]] ?? []).map { bucket in
      let row = Row(values: bucket)
      return (row["low"] ?? -1, row["count"] ?? 0)
    }
  }

  /// How many values of a histogram are in buckets from a value on.
  func count(from low: Int) -> Int {
    buckets.filter { $0.low >= low }.reduce(0) { $0 + $1.count }
  }
}
