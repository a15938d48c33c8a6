import Wire

/// What is asked at the begin of a call or at its return: a program for the kernel, and how
/// its results are printed.
struct CallSide: Sendable {
  /// A value that is shown.
  struct Item: Sendable {
    enum Kind: Sendable {
      /// The result itself.
      case value
      /// What the result leads to, of which so many bytes are copied, to a place behind the
      /// event.
      case memory(size: Int, offset: Int)
      /// The text of this number.
      case text(Int)
    }

    let label: String
    /// Of the result, or of what it leads to.
    let layout: TypeLayout
    /// As C writes the type of the value that was asked for.
    let type: String
    let kind: Kind
  }

  var items: [Item] = []
  var program = value_program()
  var hasTest = false
  /// There are more arguments than can be shown.
  var isCut = false
  let textSize: Int

  /// Nothing is asked for.
  init(textSize: Int) {
    self.textSize = textSize
  }

  /// How many bytes follow the event.
  var tailSize: Int {
    items.reduce(Int(program.texts) * textSize) { sum, item in
      if case .memory(let size, _) = item.kind { sum + Self.rounded(size) } else { sum }
    }
  }

  /// As the programs read it.
  func wire(eventSize: Int) -> call_side {
    var side = call_side()
    side.event_size = UInt32(eventSize + tailSize)
    side.is_shown = 1
    side.values = program
    withUnsafeMutableBytes(of: &side.copy) { copies in
      for (index, item) in items.enumerated() {
        guard case .memory(let size, let offset) = item.kind else { continue }
        copies.storeBytes(
          of: call_copy(size: UInt32(size), offset: UInt32(offset)),
          toByteOffset: index * MemoryLayout<call_copy>.stride, as: call_copy.self)
      }
    }
    return side
  }

  fileprivate static func rounded(_ size: Int) -> Int { (size + 7) & ~7 }
}

/// Makes the sides of a call.
struct CallCompiler {
  private let question: CallQuestion
  private let scope: QuestionScope
  private let types: [String: KernelType]
  private let textSize: Int
  private let memorySize: Int
  private var compiler: ValueCompiler
  private var side: CallSide
  private var results = 0
  private var texts = 0
  private var tests: [Expression] = []
  private var values: [(label: String, expression: Expression)] = []

  /// - Parameters:
  ///   - arguments: what names mean on this side.
  ///   - textSize: how many bytes of a text are read.
  ///   - memorySize: how many of what a pointer leads to.
  init(_ question: CallQuestion, _ arguments: CallArguments, textSize: Int, memorySize: Int) {
    self.question = question
    self.textSize = textSize
    self.memorySize = memorySize
    types = arguments.types
    scope = QuestionScope(
      site: .tracepoint(TracepointFormat(fields: arguments.fields)), module: arguments.module)
    compiler = ValueCompiler(QuestionText(question.source), scope)
    side = CallSide(textSize: textSize)
  }

  mutating func add(_ item: CallQuestion.Item) {
    if let test = item.test { tests.append(test) }
    if let value = item.value { values.append((item.label, value)) }
  }

  /// All that there is, as far as there is room.
  mutating func addAll(_ names: [String], isCut: Bool) {
    values = names.prefix(Int(VALUE_RESULTS)).map { ($0, .name($0, at: 0)) }
    side.isCut = isCut || names.count > VALUE_RESULTS
  }

  /// - Throws: ``ToolError`` that names the column of what cannot be computed.
  mutating func finished() throws -> CallSide {
    guard values.count <= VALUE_RESULTS else {
      throw compiler.text.error(
        "at most \(VALUE_RESULTS) values can be shown",
        at: values[Int(VALUE_RESULTS)].expression.start)
    }
    var all = tests.first
    for test in tests.dropFirst() {
      all = all.map { .binary("&&", $0, test, at: test.start) }
    }
    if let all {
      _ = try compiler.compute(all, into: 0)
      side.hasTest = true
      side.program.test_steps = UInt32(compiler.steps.count)
    }
    var items: [CallSide.Item] = []
    for (label, expression) in values { items.append(try item(label, expression)) }
    // The copies follow the texts.
    var end = texts * textSize
    side.items = items.map { item in
      guard case .memory(let size, _) = item.kind else { return item }
      defer { end += CallSide.rounded(size) }
      return CallSide.Item(
        label: item.label, layout: item.layout, type: item.type,
        kind: .memory(size: size, offset: end))
    }
    side.program.text_size = UInt32(textSize)
    side.program.texts = UInt32(texts)
    side.program.take(compiler)
    return side
  }

  private mutating func item(_ label: String, _ expression: Expression) throws -> CallSide.Item {
    let known = type(of: expression)
    switch known?.shape {
    case .structure where expression.isPlace, .array where expression.isPlace:
      guard let known else { break }
      _ = try compiler.compute(.unary("&", expression, at: expression.start), into: 0)
      let layout = known.layout(room: memorySize)
      return try leading(to: layout, label, type: layout.name, expression)
    default: break
    }
    let type = try compiler.compute(expression, into: 0)
    guard case .pointer(let target) = type.resolved else {
      let layout = known?.layout(room: 8) ?? .integer(isSigned: type.integer.isSigned)
      return try value(layout, label, expression)
    }
    let name = known?.name
    if let pointed = kernelType(target), pointed.size ?? 0 > 0 {
      let layout = pointed.layout(room: memorySize)
      if layout.isStructure || layout.isCharacter {
        return try leading(to: layout, label, type: name ?? "\(layout.name) *", expression)
      }
    }
    let layout = TypeLayout(name: name ?? "void *", size: 8, kind: .pointer)
    return try value(layout, label, expression)
  }

  private mutating func value(
    _ layout: TypeLayout, _ label: String, _ expression: Expression
  ) throws -> CallSide.Item {
    try compiler.emit(VALUE_RESULT, constant: UInt64(results), at: expression.start)
    results += 1
    return CallSide.Item(label: label, layout: layout, type: layout.name, kind: .value)
  }

  /// What the address in the first slot leads to.
  private mutating func leading(
    to layout: TypeLayout, _ label: String, type: String, _ expression: Expression
  ) throws -> CallSide.Item {
    guard !layout.isText, !layout.isCharacter else {
      try compiler.emit(
        VALUE_TEXT_RESULT, text: texts, constant: UInt64(results), at: expression.start)
      results += 1
      texts += 1
      return CallSide.Item(label: label, layout: layout, type: type, kind: .text(texts - 1))
    }
    try compiler.emit(VALUE_RESULT, constant: UInt64(results), at: expression.start)
    results += 1
    return CallSide.Item(
      label: label, layout: layout, type: type,
      kind: .memory(size: min(layout.size, memorySize), offset: 0))
  }

  /// A type of the kernel's, whose values have names and parts.
  private func type(of expression: Expression) -> KernelType? {
    switch expression {
    case .name(let name, _): return types[name]
    case .field(let inner, let name, let isPointer, _):
      let structure = isPointer ? target(of: inner) : type(of: inner)
      return structure?.field(name)?.type
    case .element(let inner, _, _), .unary("*", let inner, _): return target(of: inner)
    default: return nil
    }
  }

  private func target(of expression: Expression) -> KernelType? {
    if case .cast(.pointer(let target), _, _) = expression { return kernelType(target) }
    switch type(of: expression)?.shape {
    case .pointer(let target): return target
    case .array(let element, _): return element
    default: return nil
    }
  }

  private func kernelType(_ type: ValueType) -> KernelType? {
    switch type {
    case .kernel(let type): type
    case .unknown(let name) where name != "void" && name != "type":
      KernelType(structure: name, module: scope.module)
    default: nil
    }
  }
}

extension Expression {
  /// Whether it is something in memory, and not a value that was computed.
  fileprivate var isPlace: Bool {
    switch self {
    case .field, .element, .unary("*", _, _): true
    default: false
    }
  }
}
