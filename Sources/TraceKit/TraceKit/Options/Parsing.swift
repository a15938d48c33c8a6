import Wire

/// Numbers and names of the command line, refused with a reason before anything
/// is loaded. An option's transform throws these, and the argument parser puts
/// the option and its value in front.
public enum Parse {
  /// A reason without the value, which the parser adds.
  struct Reason: Error, CustomStringConvertible {
    let description: String
  }

  /// A whole number within bounds.
  public static func integer<Number: FixedWidthInteger>(
    _ text: String, _ what: String, in range: ClosedRange<Number>
  ) throws -> Number {
    let isNumber = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    guard isNumber || text.hasPrefix("-"), let number = Number(text), range.contains(number) else {
      throw Reason(
        description: "\(what) must be a whole number from "
          + "\(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// The greatest process number that Linux gives (PID_MAX_LIMIT).
  static let greatestPID: UInt32 = 4_194_304

  public static func pid(_ text: String) throws -> UInt32 {
    try integer(text, "a process or thread ID", in: 1...greatestPID)
  }

  public static func pids(_ text: String) throws -> [UInt32] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { try pid(String($0)) }
  }

  /// A CPU that is online now.
  public static func cpu(_ text: String) throws -> Int32 {
    let cpus = Sampling.onlineCPUs
    let number = try integer(text, "a CPU", in: 0...Int32.max)
    guard cpus.contains(number) else {
      throw Reason(description: "no such CPU is online")
    }
    return number
  }

  public static func port(_ text: String) throws -> UInt16 {
    try integer(text, "a port", in: 1...UInt16.max)
  }

  /// A port, or two with a hyphen between them and all those from the one to the other.
  public static func portRange(_ text: String) throws -> ClosedRange<UInt16> {
    let bounds = try text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
      .map { try port(String($0)) }
    guard let first = bounds.first, let last = bounds.last, first <= last else {
      throw Reason(description: "a range of ports begins with the lesser one")
    }
    return first...last
  }

  /// Ports with commas between them.
  public static func ports(_ text: String) throws -> [UInt16] {
    let ports = try text.split(separator: ",", omittingEmptySubsequences: false).map {
      try port(String($0))
    }
    guard ports.count <= PORT_LIST_SIZE else {
      throw Reason(description: "at most \(PORT_LIST_SIZE) ports are supported")
    }
    return ports
  }

  /// Some of the names of a type, with commas between them.
  public static func names<Value: NamedValue>(_ text: String) throws -> Set<Value> {
    let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    return Set(
      try names.map { name in
        guard let value = Value(rawValue: name) else {
          let known = Value.allValueStrings.joined(separator: ", ")
          throw Reason(description: "use one or several of \(known)")
        }
        return value
      })
  }

  /// A user by number or by name.
  public static func user(_ text: String) throws -> UInt32 {
    if let uid = UserNames.uid(of: text) { return uid }
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2d }) else {
      throw Reason(description: "there is no user with that name")
    }
    return try integer(text, "a user ID", in: 0...UInt32.max - 1)
  }

  /// Seconds, whole or with a fraction, more than none.
  public static func seconds(_ text: String) throws -> Double {
    let isNumber = text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2e }
    guard isNumber, let seconds = Double(text), seconds > 0, seconds <= 1e9 else {
      throw Reason(description: "a number of seconds must be more than 0 and at most 1000000000")
    }
    return seconds
  }

  /// Milliseconds, whole or with a fraction, as nanoseconds.
  public static func milliseconds(_ text: String) throws -> UInt64 {
    let isNumber = text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2e }
    guard isNumber, let number = Double(text), number >= 0, number <= 1e9 else {
      throw Reason(description: "a number of milliseconds must be from 0 to 1000000000")
    }
    return UInt64(number * 1e6)
  }

  /// Seconds, or 0 for none.
  public static func interval(_ text: String) throws -> Double {
    text == "0" ? 0 : try seconds(text)
  }

  /// An address in hexadecimal, with or without 0x.
  public static func address(_ text: String) throws -> UInt64 {
    let digits = text.hasPrefix("0x") || text.hasPrefix("0X") ? text.dropFirst(2) : text[...]
    let isNumber = !digits.isEmpty && digits.allSatisfy { $0.isASCII && $0.isHexDigit }
    guard isNumber, let address = UInt64(digits, radix: 16), address > 0 else {
      throw Reason(description: "an address is a hexadecimal number that is not 0")
    }
    return address
  }

  public static func count(_ text: String) throws -> Int {
    try integer(text, "a count", in: 1...Int.max)
  }

  /// Bytes with an optional suffix K, M or G.
  public static func bytes(_ text: String) throws -> Int {
    let units: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
    let unit = text.last.flatMap { units[Character($0.uppercased())] }
    let digits = unit == nil ? text : String(text.dropLast())
    let number = try integer(digits, "a size in bytes (K, M, G)", in: 1...(1 << 40))
    let (size, overflow) = number.multipliedReportingOverflow(by: unit ?? 1)
    guard !overflow, (4096...(1 << 30)).contains(size) else {
      throw Reason(description: "a buffer must have 4K to 1G bytes")
    }
    return size
  }

  /// An errno by its name, such as ENOENT, or its number.
  public static func errno(_ text: String) throws -> Int32 {
    if let number = ErrorNumber(named: text.uppercased()) { return number.rawValue }
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2d }) else {
      throw Reason(description: "there is no error with that name")
    }
    return try integer(text, "an errno", in: 1...ErrorNumber.greatest)
  }

  /// A system call of this machine, by its name.
  public static func systemCall(_ name: String) throws -> UInt32 {
    guard let number = SystemCalls.number(of: name) else {
      throw Reason(description: "there is no such system call")
    }
    return number
  }

  /// The name of a task, which the kernel cuts to fifteen bytes.
  public static func comm(_ text: String) throws -> String {
    guard (1...15).contains(text.utf8.count) else {
      throw Reason(description: "a command name has 1 to 15 bytes")
    }
    return text
  }

  /// The name of a network interface, of this network namespace or another.
  public static func interface(_ name: String) throws -> String {
    guard (1..<Int(INTERFACE_NAME_SIZE)).contains(name.utf8.count), !name.contains("/") else {
      throw Reason(description: "the name of an interface has 1 to 15 bytes and no slash")
    }
    return name
  }
}
