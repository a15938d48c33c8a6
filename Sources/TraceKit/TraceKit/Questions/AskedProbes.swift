public import Wire

/// The probes of a command line, each with what is asked there, as objects that are to be
/// loaded: one for each program of values, which is a constant of the object.
public struct AskedProbes: Sendable {
  public struct Asked: Sendable {
    /// As a user wrote it.
    let word: String
    public let question: Question
    public let plans: [HookPlan]
    public let program: value_program
    /// The names of its places, by their cookies; one where they cannot be told apart.
    public let names: [String]

    /// Whether the programs are told at which place they run.
    public var tellsPlaces: Bool { names.count > 1 }
    /// Whether events name places in the task's address space.
    public var namesUserPlaces: Bool { question.namesUserPlaces }
    public var label: String { question.spec.text }

    /// How many bytes of texts an event has.
    public var textBytes: UInt32 { program.texts * program.text_size }
  }

  public let words: [String]
  public let asked: [Asked]

  /// What one command line can have.
  private static let most = 128

  /// - Parameters:
  ///   - texts: the probes as a user wrote them.
  ///   - process: whose files are meant, where one is given.
  ///   - only: probe that process alone.
  ///   - textSize: how many bytes of a text are read.
  ///   - comparesBytes: STRCMP has lists of bytes.
  ///   - readsTypes: whether programs read kernel types for something else.
  ///   - function: the program at functions.
  ///   - tracepoint: the program at tracepoints.
  /// - Throws: ``ToolError`` for the first that is wrong or means nothing here.
  public init(
    _ texts: [String], of process: UInt32?, only: UInt32?, textSize: UInt32,
    comparesBytes: Bool, readsTypes: Bool, function: String, tracepoint: String
  ) throws {
    let programs = ProbeSet.Programs(
      function: function, functionReturn: function, tracepoint: tracepoint)
    words = texts
    // What is wrong with one is told before another is looked for.
    var asked: [Asked] = []
    for (word, question) in zip(texts, try texts.map(Question.init)) {
      let set = try ProbeSet(question.spec, of: process, only: only)
      for group in Self.groups(of: set) {
        var scope = question.scope(
          at: set.names[set.places[group[0]].name], arguments: set.places[group[0]].arguments)
        scope.comparesBytes = comparesBytes
        let program = try question.program(scope, textSize: textSize)
        let hasAll = group.count == set.places.count
        let cookies: ProbeSet.Cookies = hasAll ? .names(from: 0) : .none
        var plans = try set.plans(programs, cookies: cookies)
        if !hasAll {
          // A link each, of which some are this program's.
          plans = plans.suffix(1).map { plan in
            HookPlan(plan.kind, probes: group.map { plan.probes[$0] }, readsTypes: false)
          }
        }
        if readsTypes || question.namesUserPlaces { plans = plans.map { $0.readingTypes() } }
        let tellsApart = hasAll && set.canTellApart
        let names = Set(group.map { set.places[$0].name }).sorted().map { set.names[$0] }
        asked.append(
          Asked(
            word: word, question: question, plans: plans, program: program,
            names: (names.count == 1 || tellsApart ? names : [question.spec.name])
              .map { Self.shown($0, question.spec.kind) }))
      }
    }
    guard asked.count <= Self.most else {
      throw ToolError(
        .usage, "the probes need \(asked.count) programs, and at most \(Self.most) are possible")
    }
    self.asked = asked
  }

  /// The places that have the same program: all functions, but each tracepoint has another
  /// record, and a USDT probe can have its arguments elsewhere at each place.
  static func groups(of set: ProbeSet) -> [[Int]] {
    switch set.spec.kind {
    case .kernelFunction:
      // Those of system calls find their arguments elsewhere.
      return Dictionary(grouping: set.places.indices) {
        FunctionRegisters.isSystemCall(set.names[set.places[$0].name])
      }.values.sorted { $0[0] < $1[0] }
    case .userFunction: return [Array(set.places.indices)]
    case .tracepoint: return set.places.indices.map { [$0] }
    case .usdt:
      return Dictionary(grouping: set.places.indices) {
        [set.places[$0].name.description] + set.places[$0].arguments.map { "\($0 as Any)" }
      }.values.sorted { $0[0] < $1[0] }
    }
  }

  /// As bcc's column FUNC has it: an event without its category, a probe without its provider.
  private static func shown(_ name: String, _ kind: ProbeSpec.Kind) -> String {
    switch kind {
    case .tracepoint, .usdt: String(name.split(separator: ":").last ?? "")
    case .kernelFunction, .userFunction: name
    }
  }

  /// Whether events name places in address spaces of tasks.
  public var namesUserPlaces: Bool { asked.contains(where: \.namesUserPlaces) }
  /// Whether any is at a place in a program, not in the kernel.
  public var areInPrograms: Bool {
    asked.contains { [.userFunction, .usdt].contains($0.question.spec.kind) }
  }
  /// Whether any has a message.
  public var hasMessages: Bool { asked.contains { $0.question.format != nil } }
}

extension AskedProbes {
  /// No probes.
  public static let none = AskedProbes(words: [], asked: [])

  /// Plans where no probe is named and only the kinds of hooks are tried.
  public static func samples(function: String, tracepoint: String) throws -> [HookPlan] {
    let programs = ProbeSet.Programs(function: function, tracepoint: tracepoint)
    return try ["t:sched:sched_process_exit", "c:getppid", "k::vfs_read"].compactMap { text in
      guard let set = try? ProbeSet(ProbeSpec(text), of: nil, only: nil) else { return nil }
      return try set.plans(programs).last
    }
  }
}
