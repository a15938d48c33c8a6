import Glibc

/// The recording that a run prints in place of tracing.
///
/// It is opened before the command line is read, since the names of users and disks there are
/// those of the machine where it was made.
final class Replay {
  /// Nil: the run traces.
  nonisolated(unsafe) private(set) static var current: Replay?
  /// Why the recording cannot be read.
  nonisolated(unsafe) private static var refusal: ToolError?

  /// Whether the command line asks for one.
  static var isUsed: Bool { current != nil || refusal != nil }

  let reader: RecordingReader
  /// When the recorded run began, on the kernel's clock.
  let start: UInt64
  /// That of the recorded machine.
  let clock: EventClock
  let answers = RecordedAnswers()
  private(set) var names = RecordedNames()
  /// Nil where the recording ends without one.
  private(set) var account: RecordingAccount?

  var facts: RecordingFacts { reader.facts }

  init(_ path: String) throws {
    reader = try RecordingReader(path)
    start = reader.facts["start"].flatMap { UInt64($0) } ?? 0
    clock = EventClock(recordedFrom: start)
    reader.scan([.lookups, .account]) { kind, content in
      if kind == .account {
        account = RecordingAccount(content)
      } else {
        names.add(content)
      }
    }
  }

  /// Opens the recording that a command line asks for.
  ///
  /// - Returns: whether it asks for one; if it cannot be read, ``opened()`` throws.
  static func isAsked(_ arguments: [String]) -> Bool {
    guard let path = path(arguments) else { return false }
    do {
      current = try Replay(path)
      Lookup.desk = current?.answers
    } catch {
      refusal = error as? ToolError
    }
    return true
  }

  /// The command line of this process, without its name.
  static var arguments: [String] { Array(CommandLine.arguments.dropFirst()) }

  private static func path(_ arguments: [String]) -> String? {
    let option = "--replay"
    let own = arguments.prefix { $0 != "--" }
    // Of several the last counts, as elsewhere.
    let place = own.lastIndex { $0 == option || $0.hasPrefix(option + "=") }
    guard let place else { return nil }
    if own[place] != option { return String(own[place].dropFirst(option.count + 1)) }
    return place + 1 < own.endIndex ? own[place + 1] : nil
  }

  /// - Throws: ``ToolError`` where the recording cannot be read.
  static func opened() throws -> Replay {
    if let refusal { throw refusal }
    guard let current else { throw ToolError(.usage, "--replay: a file is missing") }
    return current
  }

  /// One sentence on the recording, for `--verbose`.
  func description(tool: String) -> String {
    let words = ["collection", "kernel", "architecture"].map { printable(facts[$0] ?? "unknown") }
    return "\(tool): recorded by version \(words[0]) on Linux \(words[1]) (\(words[2]))"
  }

  /// - Throws: ``ToolError`` where another tool has made the recording.
  func check(tool: String, type: String) throws {
    let recorder = facts["tool"] ?? ""
    guard recorder == tool else {
      throw ToolError(
        .usage,
        "--replay: '\(reader.path)' is a recording of \(printable(recorder)), not of \(tool)")
    }
    guard facts["type"] == type else { throw changed(tool) }
  }

  func changed(_ tool: String) -> ToolError {
    ToolError(
      .failure,
      "--replay: '\(reader.path)' has other events than this version of \(tool): use version "
        + printable(facts["collection"] ?? "unknown"))
  }

  func printable(_ text: String, atMost length: Int = 64) -> String {
    let out = OutputBuffer(capacity: 64)
    out.append(escaped: String(text.prefix(length)))
    return out.withBytes { String(decoding: $0, as: UTF8.self) }
  }
}
