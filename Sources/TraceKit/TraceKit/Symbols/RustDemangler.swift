/// Names of Rust, in the form of RFC 2603 ("v0") and in the older one that is a name
/// of C++ with a hash at its end.
struct RustDemangler {
  private let input: [UInt8]
  private var place = 0
  private var output = ""
  /// Names stand in names; a hostile one may stand in itself.
  private var depth = 0
  private static let greatestDepth = 128
  private static let greatestLength = 4096
  /// What is parsed and not printed costs time too.
  private var steps = 0
  private static let mostSteps = 10_000

  private struct Malformed: Error {}

  /// Nil where it is no name of Rust.
  static func name(of symbol: String) -> String? {
    var demangler = RustDemangler(Array(symbol.utf8.dropFirst(2)))
    do {
      try demangler.path(inType: false)
    } catch {
      return nil
    }
    return demangler.output
  }

  /// The same of the older form, which has passed the demangler of C++.
  static func legacyName(of name: String) -> String? {
    guard let end = name.range(ofLast: "::h") else { return nil }
    let hash = name[end.upperBound...]
    guard hash.utf8.count == 16, hash.allSatisfy(\.isHexDigit) else { return nil }
    let escapes: [Substring: String] = [
      "SP": "@", "BP": "*", "RF": "&", "LT": "<", "GT": ">", "LP": "(", "RP": ")", "C": ",",
    ]
    var result = ""
    for (index, part) in name[..<end.lowerBound].split(
      separator: "$", omittingEmptySubsequences: false
    ).enumerated() {
      if let character = escapes[part] {
        result += character
      } else if part.hasPrefix("u"), let number = UInt32(part.dropFirst(), radix: 16),
        let scalar = Unicode.Scalar(number)
      {
        result.unicodeScalars.append(scalar)
      } else {
        // An escape at the start of a name has an underscore in front.
        result += index == 0 || !part.hasSuffix("::_") ? part : part.dropLast()
      }
    }
    if result.hasPrefix("_<") { result.removeFirst() }
    return result.replacing("..", with: "::").replacing("::_<", with: "::<")
  }

  private init(_ input: [UInt8]) {
    self.input = input
  }

  private mutating func next() throws -> UInt8 {
    guard place < input.count else { throw Malformed() }
    place += 1
    return input[place - 1]
  }

  private mutating func take(_ letter: Character) -> Bool {
    guard place < input.count, input[place] == letter.asciiValue else { return false }
    place += 1
    return true
  }

  private mutating func print(_ text: String) throws {
    output += text
    guard output.utf8.count <= Self.greatestLength else { throw Malformed() }
  }

  private mutating func nested(_ body: (inout RustDemangler) throws -> Void) throws {
    depth += 1
    steps += 1
    defer { depth -= 1 }
    guard depth <= Self.greatestDepth, steps <= Self.mostSteps else { throw Malformed() }
    try body(&self)
  }

  /// A number in base 62 that ends with an underscore; nothing before it is 0. The hash of
  /// a crate takes all bits.
  private mutating func number() throws -> UInt64 {
    if take("_") { return 0 }
    var value: UInt64 = 0
    while !take("_") {
      let byte = try next()
      let digit: UInt8 =
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x61...0x7a: byte - 0x61 + 10
        case 0x41...0x5a: byte - 0x41 + 36
        default: throw Malformed()
        }
      let (product, isTooLong) = value.multipliedReportingOverflow(by: 62)
      let (sum, isTooGreat) = product.addingReportingOverflow(UInt64(digit))
      guard !isTooLong, !isTooGreat else { throw Malformed() }
      value = sum
    }
    return try successor(of: value)
  }

  private func successor(of number: UInt64) throws -> UInt64 {
    guard number < .max else { throw Malformed() }
    return number + 1
  }

  private mutating func disambiguator() throws -> UInt64 {
    try take("s") ? successor(of: number()) : 0
  }

  private mutating func identifier() throws -> String {
    let isEncoded = take("u")
    var length = 0
    let start = place
    while place < input.count, (0x30...0x39).contains(input[place]) {
      length = length * 10 + Int(input[place] - 0x30)
      guard length <= input.count else { throw Malformed() }
      place += 1
    }
    guard place > start else { throw Malformed() }
    _ = take("_")
    guard place + length <= input.count else { throw Malformed() }
    defer { place += length }
    let name = String(decoding: input[place..<place + length], as: UTF8.self)
    // Rare enough to be left in Punycode.
    return isEncoded ? "punycode{\(name)}" : name
  }

  /// What stands elsewhere in the name already.
  private mutating func reference(_ body: (inout RustDemangler) throws -> Void) throws {
    let here = place - 1
    let number = try number()
    guard let target = Int(exactly: number), target < here else { throw Malformed() }
    let back = place
    place = target
    try nested(body)
    place = back
  }

  private mutating func path(inType: Bool) throws {
    try nested { try $0.pathItself(inType: inType) }
  }

  private mutating func pathItself(inType: Bool) throws {
    switch Character(UnicodeScalar(try next())) {
    case "C":
      _ = try disambiguator()
      try print(identifier())
    case "N":
      let namespace = Character(UnicodeScalar(try next()))
      try path(inType: inType)
      let number = try disambiguator()
      let name = try identifier()
      if namespace.isUppercase {
        let kind = namespace == "C" ? "closure" : namespace == "S" ? "shim" : String(namespace)
        try print("::{\(kind)\(name.isEmpty ? "" : ":\(name)")#\(number)}")
      } else if !name.isEmpty {
        try print("::\(name)")
      }
    case "M":
      try skipImplementation()
      try print("<")
      try type()
      try print(">")
    case "X":
      try skipImplementation()
      try qualified()
    case "Y": try qualified()
    case "I":
      try path(inType: inType)
      try print(inType ? "<" : "::<")
      try list { try $0.argument() }
      try print(">")
    case "B": try reference { try $0.path(inType: inType) }
    default: throw Malformed()
    }
  }

  private mutating func qualified() throws {
    try print("<")
    try type()
    try print(" as ")
    try path(inType: true)
    try print(">")
  }

  /// Where the implementation stands is no part of the name.
  private mutating func skipImplementation() throws {
    _ = try disambiguator()
    let kept = output
    try path(inType: false)
    output = kept
  }

  private mutating func list(_ body: (inout RustDemangler) throws -> Void) throws {
    var isFirst = true
    while !take("E") {
      if !isFirst { try print(", ") }
      isFirst = false
      try body(&self)
    }
  }

  private mutating func argument() throws {
    if take("L") {
      _ = try number()
      try print("'_")
    } else if take("K") {
      try constant()
    } else {
      try type()
    }
  }

  private static let basicTypes: [Character: String] = [
    "a": "i8", "b": "bool", "c": "char", "d": "f64", "e": "str", "f": "f32", "h": "u8",
    "i": "isize", "j": "usize", "l": "i32", "m": "u32", "n": "i128", "o": "u128", "s": "i16",
    "t": "u16", "u": "()", "v": "...", "x": "i64", "y": "u64", "z": "!", "p": "_",
  ]

  private mutating func type() throws {
    try nested { try $0.typeItself() }
  }

  private mutating func typeItself() throws {
    let tag = Character(UnicodeScalar(try next()))
    if let name = Self.basicTypes[tag] { return try print(name) }
    switch tag {
    case "A", "S":
      try print("[")
      try type()
      if tag == "A" {
        try print("; ")
        try constant()
      }
      try print("]")
    case "T":
      try print("(")
      try list { try $0.type() }
      try print(")")
    case "R", "Q":
      if take("L") { _ = try number() }
      try print(tag == "R" ? "&" : "&mut ")
      try type()
    case "P", "O":
      try print(tag == "P" ? "*const " : "*mut ")
      try type()
    case "F": try function()
    case "D":
      try print("dyn ")
      if take("G") { _ = try number() }
      try traits()
      guard take("L") else { throw Malformed() }
      _ = try number()
    case "B": try reference { try $0.type() }
    default:
      place -= 1
      try path(inType: true)
    }
  }

  private mutating func traits() throws {
    var isFirst = true
    while !take("E") {
      if !isFirst { try print(" + ") }
      isFirst = false
      try path(inType: true)
      while take("p") {
        try print("<\(identifier()) = ")
        try type()
        try print(">")
      }
    }
  }

  private mutating func function() throws {
    if take("G") { _ = try number() }
    if take("U") { try print("unsafe ") }
    if take("K") {
      let name = try take("C") ? "C" : identifier().replacing("_", with: "-")
      try print("extern \"\(name)\" ")
    }
    try print("fn(")
    try list { try $0.type() }
    try print(")")
    guard !take("u") else { return }
    try print(" -> ")
    try type()
  }

  private mutating func constant() throws {
    if take("p") { return try print("_") }
    if take("B") { return try reference { try $0.constant() } }
    let kind = Character(UnicodeScalar(try next()))
    guard Self.basicTypes[kind] != nil else { throw Malformed() }
    if take("n") { try print("-") }
    var digits = ""
    while !take("_") { digits.unicodeScalars.append(UnicodeScalar(try next())) }
    guard let value = UInt64(digits.isEmpty ? "0" : digits, radix: 16) else {
      return try print("0x" + digits)
    }
    try print(kind == "b" ? (value == 0 ? "false" : "true") : "\(value)")
  }
}

extension String {
  fileprivate func range(ofLast text: String) -> Range<String.Index>? {
    var found: Range<String.Index>?
    var rest = self[...]
    while let range = rest.firstRange(of: text) {
      found = range
      rest = rest[range.upperBound...]
    }
    return found
  }
}
