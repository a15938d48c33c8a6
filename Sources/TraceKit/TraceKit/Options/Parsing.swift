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
        description: "\(what) is a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// The greatest process number that Linux gives (PID_MAX_LIMIT).
  static let greatestPID: UInt32 = 4_194_304

  public static func pid(_ text: String) throws -> UInt32 {
    try integer(text, "a process or thread id", in: 1...greatestPID)
  }

  public static func pids(_ text: String) throws -> [UInt32] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { try pid(String($0)) }
  }

  public static func port(_ text: String) throws -> UInt16 {
    try integer(text, "a port", in: 1...UInt16.max)
  }

  public static func ports(_ text: String) throws -> [UInt16] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { try port(String($0)) }
  }

  /// A user by number or by name.
  public static func user(_ text: String) throws -> UInt32 {
    if let uid = UserNames.uid(of: text) { return uid }
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2d }) else {
      throw Reason(description: "there is no user of that name")
    }
    return try integer(text, "a user id", in: 0...UInt32.max - 1)
  }

  /// Seconds, whole or with a fraction, more than none.
  public static func seconds(_ text: String) throws -> Double {
    let isNumber = text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2e }
    guard isNumber, let seconds = Double(text), seconds > 0, seconds <= 1e9 else {
      throw Reason(description: "a number of seconds is more than 0 and at most 1000000000")
    }
    return seconds
  }

  /// Milliseconds, whole or with a fraction, as nanoseconds.
  public static func milliseconds(_ text: String) throws -> UInt64 {
    let isNumber = text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2e }
    guard isNumber, let number = Double(text), number <= 1e9 else {
      throw Reason(description: "a number of milliseconds is from 0 to 1000000000")
    }
    return UInt64(number * 1e6)
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
      throw Reason(description: "a buffer has from 4K to 1G bytes")
    }
    return size
  }

  /// The name of a task, which the kernel cuts to fifteen bytes.
  public static func comm(_ text: String) throws -> String {
    guard (1...15).contains(text.utf8.count) else {
      throw Reason(description: "a command's name has from 1 to 15 bytes")
    }
    return text
  }
}
