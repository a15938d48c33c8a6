public import Wire

/// Where an argument of a USDT probe is at one of its places, as the assembler's notation of the
/// compiler says it: `-4@%edi`, `8@-16(%rbp)`, `8@$5`, `4@[sp, 12]`.
public struct USDTArgument: Hashable, Sendable {
  public enum Machine: Sendable {
    case x86, arm64

    public static var current: Machine {
      #if arch(arm64)
        .arm64
      #else
        .x86
      #endif
    }
  }

  public enum Source: Hashable, Sendable {
    case constant(Int64)
    /// A register, by its offset in the saved ones (`struct pt_regs`).
    case register(Int)
    /// What is in memory at a register's value, plus a scaled second one, plus a number.
    case memory(base: Int?, index: Int?, scale: Int, displacement: Int64)
  }

  /// In bytes: 1, 2, 4 or 8.
  public let size: Int
  public let isSigned: Bool
  public let source: Source

  /// All of a place, in their order; nil for one that cannot be read, such as a
  /// floating-point number.
  public static func all(
    in text: String, machine: Machine = .current
  ) -> [USDTArgument?] {
    var words: [Substring] = []
    var rest = text[...]
    while let start = rest.firstIndex(where: { $0 != " " }) {
      // Brackets and parentheses may have blanks in them.
      var depth = 0
      let end = rest[start...].firstIndex { character in
        if "([".contains(character) { depth += 1 }
        if ")]".contains(character) { depth -= 1 }
        return character == " " && depth <= 0
      }
      words.append(rest[start..<(end ?? rest.endIndex)])
      rest = rest[(end ?? rest.endIndex)...]
    }
    return words.map { USDTArgument($0, machine: machine) }
  }

  init?(_ text: Substring, machine: Machine) {
    var operand = text
    var size = 8
    if let sign = text.firstIndex(of: "@") {
      guard let number = Int(text[..<sign]) else { return nil }
      size = number
      operand = text[text.index(after: sign)...]
    }
    guard [1, 2, 4, 8].contains(abs(size)) else { return nil }
    self.size = abs(size)
    isSigned = size < 0
    let source =
      switch machine {
      case .x86: Self.x86(operand)
      case .arm64: Self.arm64(operand)
      }
    guard let source else { return nil }
    self.source = source
  }

  private static func number(_ text: Substring) -> Int64? {
    let isNegative = text.first == "-"
    let digits = isNegative ? text.dropFirst() : text
    guard let first = digits.first, first.isASCII, first.isNumber else { return nil }
    let value =
      digits.hasPrefix("0x")
      ? UInt64(digits.dropFirst(2), radix: 16) : UInt64(digits)
    guard let value else { return nil }
    // What is larger than a signed number is one without a sign.
    return isNegative ? 0 &- Int64(bitPattern: value) : Int64(bitPattern: value)
  }

  // MARK: x86-64

  private static func x86(_ operand: Substring) -> Source? {
    if operand.first == "$" { return number(operand.dropFirst()).map(Source.constant) }
    if operand.first == "%" { return x86Register(operand).map(Source.register) }
    guard let open = operand.firstIndex(of: "("), operand.last == ")" else { return nil }
    guard let displacement = open == operand.startIndex ? 0 : number(operand[..<open]) else {
      return nil
    }
    let parts = operand[operand.index(after: open)...].dropLast().split(
      separator: ",", omittingEmptySubsequences: false)
    guard (1...3).contains(parts.count) else { return nil }
    var base: Int?, index: Int?, scale = 1
    if !parts[0].isEmpty {
      guard let found = x86Register(parts[0]) else { return nil }
      base = found
    }
    if parts.count > 1 {
      guard let found = x86Register(parts[1]) else { return nil }
      index = found
    }
    if parts.count > 2 {
      guard let found = Int(parts[2]), [1, 2, 4, 8].contains(found) else { return nil }
      scale = found
    }
    guard base != nil || index != nil else { return nil }
    return .memory(base: base, index: index, scale: scale, displacement: displacement)
  }

  private static let x86Offsets: [String: Int] = {
    var offsets: [String: Int] = ["rsp": 152, "esp": 152, "sp": 152, "spl": 152]
    let letters = ["bx": 40, "ax": 80, "cx": 88, "dx": 96]
    for (name, offset) in letters {
      for whole in ["r\(name)", "e\(name)", name, "\(name.first!)l"] { offsets[whole] = offset }
    }
    for (name, offset) in ["bp": 32, "si": 104, "di": 112] {
      for whole in ["r\(name)", "e\(name)", name, "\(name)l"] { offsets[whole] = offset }
    }
    for number in 8...15 {
      let offset = number < 12 ? 72 - (number - 8) * 8 : 24 - (number - 12) * 8
      for end in ["", "d", "w", "b"] { offsets["r\(number)\(end)"] = offset }
    }
    return offsets
  }()

  private static func x86Register(_ text: Substring) -> Int? {
    text.first == "%" ? x86Offsets[String(text.dropFirst())] : nil
  }

  // MARK: arm64

  private static func arm64(_ operand: Substring) -> Source? {
    guard operand.first == "[" else {
      return arm64Register(operand).map(Source.register)
        ?? number(operand.first == "#" ? operand.dropFirst() : operand).map(Source.constant)
    }
    guard operand.last == "]" else { return nil }
    let parts = operand.dropFirst().dropLast().split(separator: ",").map {
      $0.filter { $0 != " " }[...]
    }
    guard (1...2).contains(parts.count), let base = arm64Register(parts[0]) else { return nil }
    guard parts.count > 1 else {
      return .memory(base: base, index: nil, scale: 1, displacement: 0)
    }
    if let index = arm64Register(parts[1]) {
      return .memory(base: base, index: index, scale: 1, displacement: 0)
    }
    return number(parts[1].first == "#" ? parts[1].dropFirst() : parts[1]).map {
      .memory(base: base, index: nil, scale: 1, displacement: $0)
    }
  }

  private static func arm64Register(_ text: Substring) -> Int? {
    if text == "sp" { return 31 * 8 }
    guard text.first == "x" || text.first == "w", let number = Int(text.dropFirst()),
      (0...30).contains(number)
    else { return nil }
    return number * 8
  }
}

extension USDTArgument {
  /// As programs read it (`lib/usdt.bpf.h`).
  public var wire: usdt_argument {
    var argument = usdt_argument()
    argument.size = UInt8(size)
    argument.is_signed = isSigned ? 1 : 0
    switch source {
    case .constant(let value):
      argument.kind = UInt8(USDT_CONSTANT)
      argument.number = value
    case .register(let offset):
      argument.kind = UInt8(USDT_REGISTER)
      argument.base = UInt16(offset)
    case .memory(let base, let index, let scale, let displacement):
      argument.kind = UInt8(USDT_MEMORY)
      argument.base = base.map(UInt16.init) ?? UInt16(USDT_NO_REGISTER)
      argument.index = index.map(UInt16.init) ?? UInt16(USDT_NO_REGISTER)
      argument.shift = UInt8(scale.trailingZeroBitCount)
      argument.number = displacement
    }
    return argument
  }
}
