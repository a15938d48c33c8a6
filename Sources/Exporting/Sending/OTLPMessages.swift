import TraceKit

/// Messages of OTLP 1 (opentelemetry-proto, `collector/metrics/v1` and `collector/logs/v1`),
/// whose fields have the numbers of that schema.
struct OTLPMessages: Sendable {
  let host: String
  /// When the exporter started, in nanoseconds since 1970.
  let start: UInt64

  /// An `ExportMetricsServiceRequest`.
  func metrics(_ families: [MetricFamily], at time: UInt64) -> [UInt8] {
    var scope = ProtobufMessage()
    scope.append(1, self.scope)
    for family in families where !family.points.isEmpty { scope.append(2, metric(family, time)) }
    return request(scope)
  }

  /// An `ExportLogsServiceRequest`.
  func logs(_ records: [LogRecord], at time: UInt64) -> [UInt8] {
    var scope = ProtobufMessage()
    scope.append(1, self.scope)
    for record in records { scope.append(2, log(record, time)) }
    return request(scope)
  }

  private func request(_ scope: ProtobufMessage) -> [UInt8] {
    var resource = ProtobufMessage()
    for (key, value) in [
      ("service.name", "swift-bpf-tools"), ("service.version", collectionVersion),
      ("host.name", host),
    ] {
      resource.append(1, attribute(key, text(value)))
    }
    var of = ProtobufMessage()
    of.append(1, resource)
    of.append(2, scope)
    var request = ProtobufMessage()
    request.append(1, of)
    return request.bytes
  }

  private var scope: ProtobufMessage {
    var scope = ProtobufMessage()
    scope.append(1, "swift-bpf-tools")
    scope.append(2, collectionVersion)
    return scope
  }

  private func metric(_ family: MetricFamily, _ time: UInt64) -> ProtobufMessage {
    var data = ProtobufMessage()
    for point in family.points { data.append(1, dataPoint(point, family, time)) }
    // Sums and histograms are of all since the start.
    let cumulative: UInt64 = 2
    if family.kind != .gauge { data.append(2, cumulative) }
    if family.kind == .counter { data.append(3, 1) }
    var metric = ProtobufMessage()
    metric.append(1, family.name)
    metric.append(2, family.help)
    metric.append(3, ["seconds": "s", "bytes": "By", "hertz": "Hz"][family.unit] ?? "1")
    let fields: [MetricFamily.Kind: UInt64] = [.gauge: 5, .counter: 7, .histogram: 9]
    metric.append(fields[family.kind] ?? 5, data)
    return metric
  }

  private func dataPoint(
    _ point: MetricFamily.Point, _ family: MetricFamily, _ time: UInt64
  ) -> ProtobufMessage {
    var message = ProtobufMessage()
    if family.kind != .gauge { message.append(2, fixed: start) }
    message.append(3, fixed: time)
    let attributes: UInt64
    switch point.value {
    case .number(let number):
      message.append(4, fixed: number.bitPattern)
      attributes = 7
    case .distribution(let distribution):
      message.append(4, fixed: Self.whole(distribution.count))
      message.append(5, fixed: distribution.sum.bitPattern)
      message.append(6, packedFixed: distribution.counts.map(Self.whole))
      message.append(7, packedFixed: distribution.bounds.map(\.bitPattern))
      attributes = 9
    }
    for (name, value) in zip(family.labelNames, point.labels) {
      message.append(attributes, attribute(name, text(value)))
    }
    return message
  }

  private static func whole(_ count: Double) -> UInt64 { UInt64(min(max(count, 0), 1e18)) }

  private func log(_ record: LogRecord, _ time: UInt64) -> ProtobufMessage {
    var message = ProtobufMessage()
    message.append(1, fixed: record.time ?? time)
    // INFO
    message.append(2, 9)
    message.append(5, text(record.body))
    message.append(6, attribute("tool", text(record.tool)))
    for key in record.fields.keys.sorted() where key != "time" {
      guard let value = record.fields[key], let any = any(value) else { continue }
      message.append(6, attribute(key, any))
    }
    message.append(11, fixed: time)
    return message
  }

  private func attribute(_ key: String, _ value: ProtobufMessage) -> ProtobufMessage {
    var message = ProtobufMessage()
    message.append(1, key)
    message.append(2, value)
    return message
  }

  private func text(_ text: String) -> ProtobufMessage {
    var message = ProtobufMessage()
    message.append(1, text)
    return message
  }

  /// An `AnyValue`.
  private func any(_ value: JSONRecord.Value) -> ProtobufMessage? {
    var message = ProtobufMessage()
    switch value {
    case .text(let text): message.append(1, text)
    case .truth(let truth): message.append(2, explicit: truth ? 1 : 0)
    case .number(let number):
      if let whole = Int64(exactly: number) {
        message.append(3, explicit: UInt64(bitPattern: whole))
      } else {
        message.append(4, fixed: number.bitPattern)
      }
    case .texts(let texts):
      var list = ProtobufMessage()
      for one in texts { list.append(1, text(one)) }
      message.append(5, list)
    case .buckets: return nil
    }
    return message
  }
}

/// An event on its way as a log.
struct LogRecord: Sendable {
  let tool: String
  let fields: JSONRecord
  /// The line as the tool wrote it, which loses nothing.
  let body: String

  /// Nanoseconds since 1970; nil where the row has no time.
  var time: UInt64? { fields.text("time").flatMap(Self.nanoseconds) }

  /// - Parameter text: a time of RFC 3339 in UTC, with a fraction or without.
  static func nanoseconds(_ text: String) -> UInt64? {
    let bytes = Array(text.utf8)
    func number(_ range: Range<Int>) -> Int64? {
      guard range.upperBound <= bytes.count else { return nil }
      return Int64(String(decoding: bytes[range], as: UTF8.self))
    }
    guard bytes.count >= 20, bytes.count <= 30, bytes.last == UInt8(ascii: "Z"),
      let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
      let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
      (1970...2200).contains(year), (1...12).contains(month)
    else { return nil }
    var fraction = bytes[19..<(bytes.count - 1)].dropFirst()
    while fraction.count < 9 { fraction.append(UInt8(ascii: "0")) }
    guard let rest = Int64(String(decoding: fraction, as: UTF8.self)) else { return nil }
    // Days of the proleptic Gregorian calendar, with years that begin in March.
    let (y, m) = month > 2 ? (year, month - 3) : (year - 1, month + 9)
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
    return UInt64(exactly: seconds * 1_000_000_000 + rest)
  }
}
