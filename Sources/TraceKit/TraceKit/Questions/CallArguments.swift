import Wire

/// The values that are there when a call begins or returns, as words that follow each other.
struct CallArguments {
  /// In their order.
  private(set) var names: [String] = []
  private(set) var fields: [String: TracepointFormat.Field] = [:]
  private(set) var types: [String: KernelType] = [:]
  /// The module whose types can be among them.
  let module: String?
  /// There are more, which lie elsewhere.
  private(set) var isCut = false
  /// How many words they fill.
  private(set) var words = 0

  static let resultName = "return"

  /// Of a tracepoint, which passes each in a word.
  init(tracepoint prototype: KernelPrototype) {
    module = prototype.module
    for (index, parameter) in prototype.parameters.enumerated() {
      add(parameter.name, parameter.type, at: index * 8)
    }
  }

  /// As many arguments as all machines have in registers.
  private static let mostWords = Int(CALL_ARGUMENTS)

  /// Of a function, which passes them in registers.
  init(function prototype: KernelPrototype) {
    module = prototype.module
    for parameter in prototype.parameters {
      let (count, isValue) = Self.words(of: parameter.type)
      if isValue, words + count <= Self.mostWords {
        add(parameter.name, parameter.type, at: words * 8)
      } else {
        isCut = true
      }
      words += count
    }
  }

  /// What a function returns.
  init(resultOf prototype: KernelPrototype) {
    module = prototype.module
    guard let result = prototype.result else { return }
    if Self.words(of: result).isValue {
      add(Self.resultName, result, at: Int(CALL_RESULT_OFFSET))
    } else {
      isCut = true
    }
  }

  private mutating func add(_ name: String, _ type: KernelType, at offset: Int) {
    names.append(name)
    types[name] = type
    fields[name] = TracepointFormat.Field(offset: offset, type: Self.scalar(type))
  }

  /// A small structure fills a register like a number.
  private static func scalar(_ type: KernelType) -> ValueType {
    let value = ValueType(type)
    if case .integer = value.resolved { return value }
    if case .pointer = value.resolved { return value }
    return .u64
  }

  /// How many registers an argument takes, by the System V ABI and by AAPCS64, and whether it
  /// is in one.
  private static func words(of type: KernelType) -> (count: Int, isValue: Bool) {
    guard case .structure(let size) = type.shape, size > 8 else { return (1, true) }
    return size <= 16 ? (2, false) : (FunctionRegisters.wordsOfLarge, false)
  }
}
