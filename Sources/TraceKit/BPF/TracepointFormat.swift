/// What tracefs says of the records of a classic tracepoint: where their fields are, and by
/// which names the kernel prints their values.
public struct TracepointFormat: Sendable {
  /// Where a field is in a record.
  public struct Field: Sendable {
    public let offset: Int
    public let size: Int
  }

  /// The names of values that an expression can have.
  public struct Symbols: Sendable {
    /// In C, such as `REC->reason`.
    public let expression: String
    fileprivate let names: [Int64: String]

    /// The name of a value of 32 bits; nil where it has none.
    public func name(of value: UInt32) -> String? {
      names[Int64(value)] ?? names[Int64(Int32(bitPattern: value))]
    }
  }

  public let fields: [String: Field]
  /// Those of the text that the kernel prints, in its order.
  public let symbols: [Symbols]

  /// The one of a tracepoint; nil where the kernel has none of that name, or tracefs cannot
  /// be read.
  ///
  /// - Parameter event: such as `kvm/kvm_exit`.
  public init?(of event: String) {
    guard let tracefs = KernelFeatures.tracefs,
      let text = File.contents(of: "\(tracefs)/events/\(event)/format")
    else { return nil }
    self.init(parsing: text)
  }

  /// Whether there is a tracepoint of that name, to which a program could be attached.
  static func exists(_ event: String) -> Bool {
    guard let tracefs = KernelFeatures.tracefs else { return false }
    return File.contents(of: "\(tracefs)/events/\(event)/id") != nil
  }

  init(parsing text: String) {
    let lines = text.split(separator: "\n")
    let fields = lines.compactMap(Self.field)
    self.fields = Dictionary(fields) { first, _ in first }
    symbols = lines.first { $0.hasPrefix("print fmt:") }.map(Self.symbols) ?? []
  }

  /// A line such as `field:int reason; offset:8; size:4; signed:1;`.
  private static func field(_ line: Substring) -> (String, Field)? {
    let parts = line.split(separator: ";").map { part in
      part.drop { $0 == "\t" || $0 == " " }
    }
    func number(_ key: String) -> Int? {
      parts.first { $0.hasPrefix(key) }.flatMap { Int($0.dropFirst(key.count)) }
    }
    guard let declaration = parts.first, declaration.hasPrefix("field:"),
      let name = declaration.split(separator: " ").last,
      let offset = number("offset:"), let size = number("size:")
    else { return nil }
    return (String(name.prefix { $0 != "[" }), Field(offset: offset, size: size))
  }

  /// Each `__print_symbolic(expression, { value, "name" }, ...)`.
  private static func symbols(_ line: Substring) -> [Symbols] {
    let start = "__print_symbolic("
    var lists: [Symbols] = []
    var rest = line
    while let found = rest.firstRange(of: start) {
      rest = rest[found.upperBound...]
      let end = rest.firstRange(of: start)?.lowerBound ?? rest.endIndex
      let pairs = rest[..<end].split(separator: "{")
      let expression = (pairs.first ?? "").prefix { $0 != "," }
      lists.append(
        Symbols(
          expression: String(expression),
          names: Dictionary(pairs.dropFirst().compactMap(pair)) { first, _ in first }))
    }
    return lists
  }

  /// What follows a brace, such as `0x040 + 1, "DB" " excp" }`.
  private static func pair(_ text: Substring) -> (Int64, String)? {
    let parts = text.prefix { $0 != "}" }.split(separator: ",", maxSplits: 1)
    guard parts.count == 2, let value = sum(parts[0]) else { return nil }
    // C joins strings that follow each other: those are between every second quotation marks.
    let strings = parts[1].split(separator: "\"", omittingEmptySubsequences: false)
    let name = strings.indices.filter { $0 % 2 == 1 }.map { strings[$0] }.joined()
    return (value, name)
  }

  /// The value of numbers with plus signs between them; nil where there is something else.
  private static func sum(_ text: Substring) -> Int64? {
    var sum: Int64 = 0
    for part in text.split(separator: "+") {
      let digits = part.filter { $0 != " " }
      let number =
        digits.hasPrefix("0x") ? Int64(digits.dropFirst(2), radix: 16) : Int64(digits)
      guard let number else { return nil }
      sum &+= number
    }
    return sum
  }
}
