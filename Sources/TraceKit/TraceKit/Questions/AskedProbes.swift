public import Wire

/// The probes of a command line, each with what is asked there, as objects that are to be
/// loaded: one for each program of values, which is a constant of the object.
public struct AskedProbes: Sendable {
  public struct Asked: Sendable {
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
    // What is wrong with one is told before another is looked for.
    var asked: [Asked] = []
    for question in try texts.map(Question.init) {
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
            question: question, plans: plans, program: program,
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

/// What an event of a probe has for its message, wherever the event has it.
public protocol AskedEvent: EventLayout {
  /// The number of the probe's program, and of the place.
  var probe: UInt32 { get }
  var place: UInt32 { get }
  associatedtype Results
  /// The results as an array of C, of a text its length with the NUL or a negative errno.
  var values: Results { get }
  var stacks: event_stacks { get }
}

extension AskedEvent {
  /// Beyond those that there are it is 0.
  func result(_ index: Int) -> Int64 {
    withUnsafeBytes(of: values) { bytes in
      let place = index * MemoryLayout<Int64>.size
      return place + 8 <= bytes.count ? bytes.load(fromByteOffset: place, as: Int64.self) : 0
    }
  }
}

/// Makes the messages of events.
public final class AskedMessages: Sendable {
  private let probes: AskedProbes
  /// All of a tool runs in one thread.
  nonisolated(unsafe) private let symbols: Symbolizer?

  /// Make it before the tool gives up its capabilities.
  public init(_ probes: AskedProbes, tool: String) {
    self.probes = probes
    let needsNames = probes.asked.contains { asked in
      (asked.question.format?.fields ?? []).contains {
        switch $0.conversion {
        case .kernelPlace, .userPlace: true
        default: false
        }
      }
    }
    symbols = needsNames ? Symbolizer { tell("\(tool): \($0)") } : nil
  }

  private func asked(_ event: some AskedEvent) -> AskedProbes.Asked? {
    probes.asked.indices.contains(Int(event.probe)) ? probes.asked[Int(event.probe)] : nil
  }

  /// The function, tracepoint or probe of an event.
  public func name(of event: some AskedEvent) -> String {
    guard let names = asked(event)?.names else { return "" }
    return names.indices.contains(Int(event.place)) ? names[Int(event.place)] : names.first ?? ""
  }

  /// How many bytes of texts an event has before its stacks.
  public func textBytes(of event: some AskedEvent) -> Int { Int(asked(event)?.textBytes ?? 0) }

  /// What is printed of a text that could not be read.
  static let unreadable = Array("[unreadable]".utf8)

  /// The message of an event, with the bytes of texts as they are.
  public func message<Event: AskedEvent & BitwiseCopyable>(
    of record: borrowing Record<Event>
  ) -> [UInt8] {
    let event = record.event
    guard let asked = asked(event), let format = asked.question.format else { return [] }
    var message: [UInt8] = []
    var (value, texts) = (0, 0)
    for piece in format.pieces {
      switch piece {
      case .text(let bytes): message += bytes
      case .field(let field):
        let result = event.result(value)
        value += 1
        switch field.conversion {
        case .text:
          let size = Int(asked.program.text_size)
          message += field.text(Self.text(of: record, texts, of: size, length: result))
          texts += 1
        case .kernelPlace:
          message += field.text(kernelPlace(UInt64(bitPattern: result)))
        case .userPlace:
          message += field.text(
            userPlace(UInt64(bitPattern: result), AddressSpace(event.stacks.owner)))
        default: message += field.number(result)
        }
      }
    }
    return message
  }

  private static func text<Event: BitwiseCopyable>(
    of record: borrowing Record<Event>, _ index: Int, of size: Int, length: Int64
  ) -> [UInt8] {
    guard length >= 0 else { return unreadable }
    return record.withTail(from: index * size, count: min(Int(length), size)) {
      Array($0.upToNUL)
    }
  }

  private func kernelPlace(_ address: UInt64) -> [UInt8] {
    Array((symbols?.kernel([address], skipsTracer: false).first?.name ?? "").utf8)
  }

  private func userPlace(_ address: UInt64, _ space: AddressSpace) -> [UInt8] {
    Array((symbols?.user([address], in: space).first?.name ?? "").utf8)
  }
}

extension Column where Row: ~Copyable & ~Escapable {
  /// The function, tracepoint or probe.
  public static func askedName<Event: TraceEvent & AskedEvent>(
    _ messages: AskedMessages
  ) -> Column where Row == Record<Event> {
    Column("func", "FUNC", width: 16) { $1.text(messages.name(of: $0.event)) }
  }

  /// What the format says.
  public static func message<Event: TraceEvent & AskedEvent>(
    _ messages: AskedMessages, presence: Presence
  ) -> Column where Row == Record<Event> {
    Column("message", "-", width: 0, presence: presence) { row, cell in
      messages.message(of: row).withUnsafeBytes { cell.text($0) }
    }
  }

  /// Seconds since 1970.
  public static func unixTime<Event: TraceEvent>(presence: Presence) -> Column
  where Row == Record<Event> {
    Column("unix_time_s", "TIME", width: 17, presence: presence) {
      $1.unixTime($0.header.time_ns)
    }
  }
}

extension Cell {
  fileprivate func unixTime(_ nanoseconds: UInt64) {
    out.append(UInt64(clock.timeOfDay(nanoseconds)) / 1000, per: 1_000_000, decimals: 6)
  }
}

extension AskedProbes {
  private init() { asked = [] }

  /// No probes.
  public static let none = AskedProbes()

  /// Plans where no probe is named and only the kinds of hooks are tried.
  public static func samples(function: String, tracepoint: String) throws -> [HookPlan] {
    let programs = ProbeSet.Programs(function: function, tracepoint: tracepoint)
    return try ["t:sched:sched_process_exit", "c:getppid", "k::vfs_read"].compactMap { text in
      guard let set = try? ProbeSet(ProbeSpec(text), of: nil, only: nil) else { return nil }
      return try set.plans(programs).last
    }
  }
}
