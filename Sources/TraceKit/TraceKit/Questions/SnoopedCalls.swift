public import Wire

/// The functions and tracepoints of a command line, with what is asked of their calls, as
/// objects that are to be loaded: one for each.
public struct SnoopedCalls: Sendable {
  public struct Call: Sendable {
    public let name: String
    /// As a user wrote it.
    public let label: String
    public let isTracepoint: Bool
    public let plans: [HookPlan]
    /// How many words its arguments fill.
    public let words: Int
    /// Whether calls that do not pass are told too.
    public let tellsAll: Bool
    /// Nil: nothing is shown.
    let begin: CallSide?
    let end: CallSide?

    /// What the programs do when it begins.
    public func beginWire(eventSize: Int) -> call_side {
      begin?.wire(eventSize: eventSize) ?? call_side()
    }

    /// And when it returns.
    public func endWire(eventSize: Int) -> call_side {
      end?.wire(eventSize: eventSize) ?? call_side()
    }
  }

  /// The programs of a tool.
  public struct Programs: Sendable {
    let tracepoint: String
    let begin: String
    let end: String
    let typedBegin: String
    let typedEnd: String

    public init(
      tracepoint: String, begin: String, end: String, typedBegin: String, typedEnd: String
    ) {
      self.tracepoint = tracepoint
      self.begin = begin
      self.end = end
      self.typedBegin = typedBegin
      self.typedEnd = typedEnd
    }
  }

  public let calls: [Call]
  /// Whether they are shown only where each is called by the one before.
  public let inOrder: Bool

  public static let none = SnoopedCalls([], inOrder: false)

  init(_ calls: [Call], inOrder: Bool) {
    self.calls = calls
    self.inOrder = inOrder
  }

  /// What one command line can have.
  private static let most = 64

  /// - Parameters:
  ///   - questions: what is asked.
  ///   - programs: those of the tool.
  ///   - textSize: how many bytes of a text are read.
  ///   - memorySize: how many of a structure are copied.
  ///   - inOrder: show them only where each is called by the one before.
  /// - Throws: ``ToolError`` for the first that is wrong or means nothing here.
  public init(
    _ questions: [CallQuestion], _ programs: Programs, textSize: Int, memorySize: Int,
    inOrder: Bool
  ) throws {
    guard questions.count <= Self.most else {
      throw ToolError(.usage, "at most \(Self.most) functions can be traced")
    }
    if inOrder { try Self.checkOrder(questions) }
    // Each link takes some.
    DescriptorLimit.raise()
    calls = try questions.map {
      try Self.call($0, programs, textSize: textSize, memorySize: memorySize, inOrder: inOrder)
    }
    self.inOrder = inOrder
  }

  /// - Throws: ``ToolError`` for what has no order of calls.
  public static func checkOrder(_ questions: [CallQuestion]) throws {
    if let other = questions.first(where: \.isTracepoint) {
      throw ToolError(.usage, "--stack is about functions, and '\(other.name)' is a tracepoint")
    }
    guard questions.count > 1 else {
      throw ToolError(.usage, "--stack needs the functions in the order of their calls")
    }
    guard Set(questions.map(\.name)).count == questions.count else {
      throw ToolError(.usage, "with --stack each function can be named once")
    }
  }

  /// What C declares, a line for each.
  public static func declarations(of questions: [CallQuestion]) throws -> String {
    try questions.map { try $0.prototype().declaration + ";" }.joined(separator: "\n")
  }

  private static func call(
    _ question: CallQuestion, _ programs: Programs, textSize: Int, memorySize: Int, inOrder: Bool
  ) throws -> Call {
    let prototype = try question.prototype()
    let arguments =
      question.isTracepoint
      ? CallArguments(tracepoint: prototype) : CallArguments(function: prototype)
    let result = question.isTracepoint ? nil : CallArguments(resultOf: prototype)
    var begin = CallCompiler(question, arguments, textSize: textSize, memorySize: memorySize)
    var end = result.map {
      CallCompiler(question, $0, textSize: textSize, memorySize: memorySize)
    }
    var hasBegin = true, hasEnd = result != nil
    if let items = question.items {
      (hasBegin, hasEnd) = (items.isEmpty, false)
      for item in items {
        if try isOfReturn(item, of: question, arguments, result) {
          end?.add(item)
          hasEnd = true
        } else {
          begin.add(item)
          hasBegin = true
        }
      }
    } else {
      begin.addAll(arguments.names, isCut: arguments.isCut)
      if let result { end?.addAll(result.names, isCut: result.isCut) }
    }
    let beginSide = hasBegin ? try begin.finished() : nil
    let endSide = hasEnd ? try end?.finished() : nil
    let isTested = beginSide?.hasTest == true || endSide?.hasTest == true
    let tellsAll = inOrder || isTested && beginSide != nil && endSide != nil
    return Call(
      name: question.name, label: question.source, isTracepoint: question.isTracepoint,
      plans: plans(
        question, of: prototype.module, programs, begin: tellsAll || hasBegin,
        end: tellsAll || hasEnd),
      words: arguments.words, tellsAll: tellsAll, begin: beginSide, end: endSide)
  }

  /// Whether a value is known when the call returns, and not when it begins.
  private static func isOfReturn(
    _ item: CallQuestion.Item, of question: CallQuestion, _ arguments: CallArguments,
    _ result: CallArguments?
  ) throws -> Bool {
    let text = QuestionText(question.source)
    let names = (item.test ?? item.value)?.names ?? []
    let returns = names.first { $0.name == CallArguments.resultName }
    for (name, at) in names where !name.hasPrefix("$") && name != CallArguments.resultName {
      guard arguments.fields[name] != nil else {
        let known = arguments.names.joined(separator: ", ")
        throw text.error(
          "'\(name)' is no argument of \(question.name) that can be read"
            + (known.isEmpty ? "" : "; it has \(known)"), at: at)
      }
      if let returns {
        throw text.error(
          "a value cannot have both the arguments of a call and what it returns",
          at: max(at, returns.at))
      }
    }
    guard let returns else { return false }
    guard result?.names.isEmpty == false else {
      throw text.error("\(question.name) returns nothing that can be read", at: returns.at)
    }
    return true
  }

  /// Plans where no function is named and only the kinds of hooks are tried.
  public static func samplePlans(_ programs: Programs) throws -> [HookPlan] {
    try ["t:sched_process_exit", "vfs_rmdir"].flatMap {
      plans(try CallQuestion($0), of: nil, programs, begin: true, end: true)
    }
  }

  private static func plans(
    _ question: CallQuestion, of module: String?, _ programs: Programs, begin: Bool, end: Bool
  ) -> [HookPlan] {
    let name = question.name
    let typedName = module.map { "\($0):\(name)" } ?? name
    guard !question.isTracepoint else {
      return [
        HookPlan(
          .rawTracepoint, probes: [Probe(programs.tracepoint, .rawTracepoint(name), label: name)],
          readsTypes: false)
      ]
    }
    let returns = CallEnd.allCases.map { $0 == .atReturn }.filter { $0 ? end : begin }
    return [
      HookPlan(
        .fentry,
        probes: returns.map {
          Probe(
            $0 ? programs.typedEnd : programs.typedBegin, .typed(function: typedName), label: name)
        }),
      HookPlan(
        .kprobe,
        probes: returns.map {
          Probe(
            $0 ? programs.end : programs.begin, .kernel(function: name), label: name, atReturn: $0)
        }, readsTypes: false),
    ]
  }
}
