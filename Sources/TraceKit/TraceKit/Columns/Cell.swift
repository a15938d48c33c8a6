import Glibc

/// How rows are written.
public enum OutputFormat: String, Sendable, NamedValue {
  case table
  /// One object a line.
  case json
  /// After RFC 4180, with a header.
  case csv
}

/// The place where a column writes its value, in the format of the run.
public final class Cell {
  let name: String
  let out: OutputBuffer
  let format: OutputFormat
  let timeFormat: TimeFormat
  let clock: EventClock
  /// Set where there was no value.
  var wroteNothing = false
  /// The time that was written last.
  private(set) var lastTime: UInt64?

  init(
    name: String, out: OutputBuffer, format: OutputFormat, timeFormat: TimeFormat,
    clock: EventClock
  ) {
    self.name = name
    self.out = out
    self.format = format
    self.timeFormat = timeFormat
    self.clock = clock
  }

  public func integer(_ value: UInt32) { out.append(UInt64(value)) }

  public func integer(_ value: UInt64) { out.append(value) }

  public func integer(_ value: Int64) { out.append(value) }

  public func integer(_ value: some BinaryInteger) {
    if value < 0 { out.append(Int64(value)) } else { out.append(UInt64(value)) }
  }

  /// A number whose table text has another base, such as the flags of an open.
  public func octal(_ value: UInt64, digits: Int) {
    if format == .table {
      out.append(value, base: 8, digits: digits)
    } else {
      out.append(value)
    }
  }

  /// A number of `unit`ths, such as nanoseconds of which seconds are shown.
  public func fraction(_ value: UInt64, per unit: UInt64, decimals: Int) {
    out.append(value, per: unit, decimals: decimals)
  }

  /// Nanoseconds as milliseconds with three decimals, or with fewer for a person.
  public func milliseconds(_ nanoseconds: UInt64, decimals: Int = 3) {
    var (value, unit) = (nanoseconds / 1000, UInt64(1000))
    let shown = format == .table ? decimals : 3
    for _ in shown..<3 { (value, unit) = (value / 10, unit / 10) }
    out.append(value, per: unit, decimals: shown)
  }

  /// The same; nothing where they are not known, which is 0.
  public func milliseconds(unlessZero nanoseconds: UInt64) {
    nanoseconds == 0 ? none() : milliseconds(nanoseconds)
  }

  /// Bytes, of which a person sees the whole kilobytes of 1024.
  public func kilobytes(_ bytes: UInt64) {
    out.append(format == .table ? bytes / 1024 : bytes)
  }

  /// How much a part is of a whole, in percent; 0 where the whole is nothing.
  public func percentage(_ part: UInt64, of whole: UInt64) {
    let hundredths = whole == 0 ? 0 : (Double(part) * 10_000 / Double(whole)).rounded()
    out.append(UInt64(hundredths), per: 100, decimals: 2)
    if format == .table { out.append("%") }
  }

  /// Yes or no: `true` and `false`, and for a person Y or nothing.
  public func bool(_ value: Bool) {
    switch format {
    case .table: if value { out.append(byte: UInt8(ascii: "Y")) }
    case .json, .csv: out.append((value ? "true" : "false") as StaticString)
    }
  }

  /// Text of this program, which needs no escaping.
  public func literal(_ text: StaticString) {
    if format == .json { out.append("\"") }
    out.append(text)
    if format == .json { out.append("\"") }
  }

  /// A word of this program, which a person sees as a sign.
  public func literal(_ text: StaticString, table sign: StaticString) {
    literal(format == .table ? sign : text)
  }

  /// Text that a traced process chose.
  ///
  /// In JSON a second key with the suffix `_base64` keeps the bytes of a text
  /// that is no UTF-8.
  public func text(_ bytes: UnsafeRawBufferPointer) {
    switch format {
    case .table: out.append(escaped: bytes)
    case .csv: out.append(csvField: bytes)
    case .json:
      guard !out.append(jsonString: bytes) else { return }
      out.append(",\"")
      out.append(name)
      out.append("_base64\":\"")
      out.append(base64: bytes)
      out.append("\"")
    }
  }

  public func text(_ string: String) {
    var string = string
    string.withUTF8 { text(UnsafeRawBufferPointer($0)) }
  }

  /// The bytes of a fixed array of C up to its first NUL.
  public func text<Characters: BitwiseCopyable>(cString characters: Characters) {
    withUnsafeBytes(of: characters) { text($0.upToNUL) }
  }

  /// Several texts: words of a line, an array in JSON.
  ///
  /// - Parameters:
  ///   - texts: the bytes of each.
  ///   - isCut: there are more than these.
  ///   - isQuoted: a person sees each in quotation marks.
  public func list(_ texts: [UnsafeRawBufferPointer], isCut: Bool, isQuoted: Bool = false) {
    switch format {
    case .table: words(texts, isCut: isCut, isQuoted: isQuoted)
    case .csv:
      // The words are one field, so they are put together first.
      let field = OutputBuffer(capacity: 256)
      for (index, text) in texts.enumerated() {
        if index > 0 { field.append(" ") }
        field.append(bytes: text)
      }
      if isCut { field.append(" ...") }
      field.withBytes { out.append(csvField: $0) }
    case .json: array(texts)
    }
  }

  /// Several texts of which each has its own memory.
  public func list(_ texts: [[UInt8]], isCut: Bool) {
    let bytes = texts.joined().map { $0 }
    bytes.withUnsafeBytes { all in
      var end = 0
      list(
        texts.map { text in
          defer { end += text.count }
          return UnsafeRawBufferPointer(rebasing: all[end..<end + text.count])
        }, isCut: isCut)
    }
  }

  private func words(_ texts: [UnsafeRawBufferPointer], isCut: Bool, isQuoted: Bool) {
    for (index, text) in texts.enumerated() {
      if index > 0 { out.append(" ") }
      if isQuoted { out.append("\"") }
      out.append(escaped: text, quotes: isQuoted)
      if isQuoted { out.append("\"") }
    }
    if isCut { out.append(" ...") }
  }

  private func array(_ texts: [UnsafeRawBufferPointer]) {
    var isWhole = true
    out.append("[")
    for (index, text) in texts.enumerated() {
      if index > 0 { out.append(",") }
      if !out.append(jsonString: text) { isWhole = false }
    }
    out.append("]")
    guard !isWhole else { return }
    out.append(",\"")
    out.append(name)
    out.append("_base64\":[")
    for (index, text) in texts.enumerated() {
      out.append(index > 0 ? ",\"" : "\"")
      out.append(base64: text)
      out.append("\"")
    }
    out.append("]")
  }

  /// Nothing: `null` in JSON, an empty field in CSV.
  ///
  /// - Parameter table: what a person sees.
  public func none(table: StaticString = "-") {
    wroteNothing = true
    switch format {
    case .table: out.append(table)
    case .json: out.append("null")
    case .csv: break
    }
  }

  public func textOrNone(_ string: String?) {
    if let string { text(string) } else { none() }
  }

  /// An address of IPv4 or IPv6 from its bytes in network order.
  ///
  /// - Parameters:
  ///   - bytes: sixteen, of which IPv4 uses the first four.
  ///   - version: 4 or 6.
  public func address(_ bytes: some BitwiseCopyable, version: UInt16) {
    text(Subnet.text(bytes, version: version))
  }

  /// A time of the kernel's clock. JSON has it in RFC 3339 always.
  public func time(_ nanoseconds: UInt64) {
    lastTime = nanoseconds
    if format == .json {
      out.append("\"")
      clock.write(nanoseconds, as: .iso, to: out)
      out.append("\"")
    } else {
      clock.write(nanoseconds, as: timeFormat, to: out)
    }
  }

  /// Seconds from the start of the run.
  public func elapsed(_ nanoseconds: UInt64, decimals: Int) {
    var unit: UInt64 = 1
    for _ in 0..<decimals { unit *= 10 }
    let parts = clock.elapsed(nanoseconds) / (1_000_000_000 / unit)
    out.append(parts, per: unit, decimals: decimals)
  }
}

extension UnsafeRawBufferPointer {
  /// The bytes before the first NUL, or all.
  public var upToNUL: UnsafeRawBufferPointer {
    guard let baseAddress, let end = memchr(baseAddress, 0, count) else { return self }
    return UnsafeRawBufferPointer(start: baseAddress, count: UnsafeRawPointer(end) - baseAddress)
  }
}
