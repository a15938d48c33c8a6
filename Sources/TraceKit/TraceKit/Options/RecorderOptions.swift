/// The options by which a tool's programs go on without it, with their last events in the kernel.
public final class RecorderOptions: ParsableArguments {
  @Option(
    help: """
      Leave the programs running under this name, with their last events in the kernel, and \
      exit.
      """,
    transform: Parse.pinName)
  var pin: String?

  @Option(
    parsing: .unconditional,
    help: "With --pin or --attach: show only events of so many seconds (s, m, h) before now.",
    transform: Parse.span)
  var last: UInt64?

  @Option(
    name: .customLong("pin-size"), parsing: .unconditional,
    help: "With --pin: use so many bytes for events (K, M, G).", transform: Parse.bytes)
  var pinSize: Int?

  @Option(
    help: "Print the events that are pinned under this name, and exit.",
    completion: .pin, transform: Parse.pinName)
  var attach: String?

  @Flag(help: "With --attach: go on with new events until Ctrl-C or for --duration.")
  var watch = false

  @Option(
    help: "End the pinned programs of this name, and exit.", completion: .pin,
    transform: Parse.pinName)
  var unpin: String?

  public init() {}

  public func validate() throws {
    let asked = [("--pin", pin), ("--attach", attach), ("--unpin", unpin)].filter { $0.1 != nil }
    if asked.count > 1 {
      throw ValidationError("\(asked[0].0) and \(asked[1].0) cannot be combined.")
    }
    if last != nil, pin == nil, attach == nil {
      throw ValidationError("--last needs --pin or --attach.")
    }
    if watch, attach == nil { throw ValidationError("--watch needs --attach.") }
    if pinSize != nil, pin == nil { throw ValidationError("--pin-size needs --pin.") }
  }

  /// The option that asks for something other than a run; nil: none does.
  var asked: String? {
    if pin != nil { return "--pin" }
    return attach != nil ? "--attach" : unpin.map { _ in "--unpin" }
  }
}

extension Parse {
  /// The name of what is pinned, which is that of a directory.
  static func pinName(_ text: String) throws -> String {
    let isName = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
    guard isName, (1...64).contains(text.utf8.count) else {
      throw Reason(description: "a name has 1 to 64 letters, digits, hyphens and underscores")
    }
    return text
  }

  /// Seconds, or minutes or hours with the suffix m or h, as nanoseconds.
  static func span(_ text: String) throws -> UInt64 {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600]
    let unit = text.last.flatMap { units[$0] }
    let seconds = try seconds(unit == nil ? text : String(text.dropLast())) * (unit ?? 1)
    guard seconds <= 1e9 else {
      throw Reason(description: "a span of time has at most 1000000000 seconds")
    }
    return UInt64(seconds * 1e9)
  }
}
