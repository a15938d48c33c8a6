import Glibc

/// A tool of the collection: a command with its common options.
///
/// A tool is data: its options, its columns, its hook plans. A runner does the
/// rest.
public protocol Tool: ParsableCommand {
  associatedtype Letters: OptionLetters
  var common: RunOptions<Letters> { get }
  /// The object with the programs of all plans.
  static var image: ObjectImage { get }
  /// The default room for events; nil where there are none.
  static var ringRoom: RingRoom? { get }
  /// The command to trace; nil without one.
  var commandLine: [String]? { get }
  /// What is printed instead of tracing, which needs no privileges; nil: the tool traces.
  var answer: String? { get }
  /// Loads, attaches, and prints until the end.
  ///
  /// - Returns: the exit status.
  func trace() throws -> Int32
  /// Whether a recording is printed in place of tracing.
  var isReplay: Bool { get }
  /// Prints a recording.
  ///
  /// - Returns: the exit status.
  func replay() throws -> Int32
}

/// The version of the whole collection.
public let collectionVersion = "0.1.0"

extension Tool {
  public var commandLine: [String]? { common.commandLine }

  public var answer: String? { nil }

  /// Whether the events of some tasks only are traced: those that pass a filter, or those of
  /// the command.
  public func selectsTasks(_ filter: FilterOptions<Letters>) -> Bool {
    !filter.isEmpty || commandLine != nil
  }

  public static var ringRoom: RingRoom? { nil }

  public var isReplay: Bool { Replay.isUsed }

  public func replay() throws -> Int32 { try trace() }

  /// - Parameter option: was given, and has no meaning in a replay.
  /// - Throws: ``ToolError`` in a replay.
  public func requireTracing(_ option: String) throws {
    if Replay.isUsed { throw Replay.unable(option) }
  }

  public mutating func run() throws {
    if common.version {
      Self.printVersion()
      return
    }
    if common.usage {
      print(Self.usageString())
      return
    }
    if let answer {
      print(answer)
      return
    }
    if common.describe {
      for line in try Inquiry.description({ _ = try trace() }) { print(line) }
      return
    }
    if common.isExported {
      try Exporter(Self.image).replaceThisProcess(tool: Self.name, command: commandLine)
    }
    if isReplay {
      let status = try replay()
      if status != 0 { throw ExitCode(status) }
      return
    }
    guard Capabilities.effective.canTrace || common.check else {
      throw ToolError(.notPermitted, "not permitted: \(Cure.capabilities.what)")
    }
    startLibbpfLog(verbose: common.verbose > 1)
    let status = try trace()
    if status != 0 { throw ExitCode(status) }
  }

  public static func main() {
    holdStandardDescriptors()
    let image = image
    call(by: image.aliases)
    // A replay needs nothing of this machine's kernel.
    if !Replay.isAsked(Replay.arguments) { prepare(for: image, rings: ringRoom) }
    Inquiry.isOf(self)
    parseAndRun()
  }
}

/// What every executable of the collection does, whether it traces or not.
extension ParsableCommand {
  public static var name: String { configuration.commandName ?? String(describing: Self.self) }

  public static func printVersion() {
    print("\(name) (swift-bpf-tools) \(collectionVersion)")
  }

  /// Parses the command line, runs, and ends the process with the tool's status:
  /// each failure is one sentence that begins with the tool's name.
  ///
  /// - Parameter aliases: the table of its other names.
  public static func runToEnd(aliases: String = "") {
    holdStandardDescriptors()
    call(by: aliases)
    parseAndRun()
  }

  /// Finds out by which name this process was called, on which the configuration depends.
  fileprivate static func call(by aliases: String) {
    Invocation.current = Invocation(
      path: CommandLine.arguments.first ?? "", aliases: Alias.table(aliases))
  }

  /// What only this module can name is not copied into each tool.
  static func parseAndRun() {
    if let refusal = Invocation.current.alias?.refusal { end(.unavailable, refusal) }
    do {
      let arguments = Invocation.current.commandLine(Array(CommandLine.arguments.dropFirst()))
      var tool = try parseAsRoot(arguments)
      try tool.run()
    } catch let error as ToolError {
      end(error.status, error.description)
    } catch let error as HookPlanError {
      end(.unavailable, "this kernel does not offer what the tool needs: \(error)")
    } catch let error as BPFError {
      end(.failure, error.description)
    } catch let error as ExitCode {
      Glibc.exit(error.rawValue)
    } catch {
      if exitCode(for: error).isSuccess {
        guard CompletionScript.isAskedFor else { exit(withError: error) }
        print(CompletionScript.mended(message(for: error)))
        Glibc.exit(ExitStatus.success.rawValue)
      }
      end(.usage, sentence(of: message(for: error)))
    }
  }

  /// The argument parser's words as one sentence: it writes several, and sets a
  /// longer list of values below each other.
  static func sentence(of message: String) -> String {
    let hint = ". Please provide one of "
    var text = message
    if let place = text.firstRange(of: hint) {
      let values = text[place.upperBound...].split(separator: "\n").filter {
        $0 != "the following:"
      }
      let names = values.map { $0.hasPrefix("  - ") ? $0.dropFirst(4) : $0 }
      text = text[..<place.lowerBound] + ": use one of " + names.joined(separator: ", ")
    }
    text = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    return text.hasSuffix(".") ? String(text.dropLast()) : text
  }

  /// Where the caller closed a standard stream, its number would go to the next
  /// file that is opened, and the tool would write its result into a map. What
  /// replaces it refuses to be read or written, as a closed one does.
  fileprivate static func holdStandardDescriptors() {
    for (descriptor, mode) in [(0, O_WRONLY), (1, O_RDONLY), (2, O_RDONLY)]
    where fcntl(Int32(descriptor), F_GETFD) == -1 {
      _ = open("/dev/null", mode)
    }
  }

  private static func end(_ status: ExitStatus, _ sentence: String) -> Never {
    tell("\(name): \(sentence)")
    Glibc.exit(status.rawValue)
  }
}

extension CommandConfiguration {
  /// The configuration of a tool with its examples after the options, as all
  /// help texts have it, and with the name by which it was called.
  public static func tool(
    _ name: String, _ abstract: String, usage: String? = nil,
    discussion: String = "", examples: [(command: String, what: String)]
  ) -> CommandConfiguration {
    // Made at each start: in one string, by bytes.
    var width = 0
    for example in examples { width = max(width, example.command.utf8.count) }
    var text = discussion
    if !text.isEmpty { text += "\n\n" }
    text += "EXAMPLES:"
    for example in examples {
      text += "\n  "
      text += example.command
      for _ in example.command.utf8.count..<width { text += " " }
      text += "  # "
      text += example.what
    }
    let called = Invocation.current.name(of: name)
    return CommandConfiguration(
      commandName: called, abstract: abstract,
      usage: usage?.replacing(name, with: called, maxReplacements: 1),
      discussion: text,
      helpNames: [.customShort("?"), .short, .long])
  }
}
