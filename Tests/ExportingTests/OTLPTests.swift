import Testing
import TraceKit

@testable import Exporting

/// A message of Protocol Buffers as its fields, read without a schema.
private struct Wire {
  enum Value: Equatable {
    case varint(UInt64)
    case fixed(UInt64)
    case bytes([UInt8])
  }

  var fields: [(number: UInt64, value: Value)] = []

  init(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    func varint() throws -> UInt64 {
      var (value, shift): (UInt64, UInt64) = (0, 0)
      while let byte = rest.popFirst() {
        value |= UInt64(byte & 0x7f) << shift
        shift += 7
        if byte < 0x80 { return value }
      }
      throw ToolError(.failure, "a number is cut")
    }
    while !rest.isEmpty {
      let key = try varint()
      switch key & 7 {
      case 0: fields.append((key >> 3, .varint(try varint())))
      case 1:
        try #require(rest.count >= 8)
        let number = rest.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        rest = rest.dropFirst(8)
        fields.append((key >> 3, .fixed(number)))
      case 2:
        let count = Int(try varint())
        try #require(rest.count >= count)
        fields.append((key >> 3, .bytes(Array(rest.prefix(count)))))
        rest = rest.dropFirst(count)
      default: throw ToolError(.failure, "there is no wire type \(key & 7)")
      }
    }
  }

  /// The messages in a field, found by the numbers of a path.
  func all(_ path: UInt64...) throws -> [Wire] {
    try path.reduce([self]) { found, number in
      try found.flatMap { wire in
        try wire.fields.compactMap { field in
          guard field.number == number, case .bytes(let bytes) = field.value else { return nil }
          return try Wire(bytes)
        }
      }
    }
  }

  subscript(number: UInt64) -> Value? { fields.first { $0.number == number }?.value }

  func text(_ number: UInt64) -> String? {
    guard case .bytes(let bytes) = self[number] else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// Messages of OTLP, by the numbers of fields in opentelemetry-proto 1.
@Suite struct OTLPTests {
  private let messages = OTLPMessages(host: "host", start: 5)

  @Test func `metrics have their kinds, cumulative values, units and attributes`() throws {
    let lines = registry(
      try .of("t", "events", ["comm": "key", "latency_us": "total"]),
      [#"{"type":"e","comm":"a","latency_us":23}"#])
    let wire = try Wire(messages.metrics(lines.families, at: 7))
    let metrics = try wire.all(1, 2, 2)
    let events = try #require(metrics.first { $0.text(1) == "bpf_tools_t_events" })
    let sum = try #require(try events.all(7).first)
    #expect(sum[2] == .varint(2) && sum[3] == .varint(1))
    let point = try #require(try sum.all(1).first)
    #expect(point[2] == .fixed(5) && point[3] == .fixed(7))
    #expect(point[4] == .fixed((1.0).bitPattern))
    #expect(try point.all(7).map { $0.text(1) } == ["comm"])
    #expect(try point.all(7, 2).map { $0.text(1) } == ["a"])
    let latency = metrics.first { $0.text(1) == "bpf_tools_t_latency_seconds" }
    #expect(latency?.text(3) == "s")
    // A gauge has neither a start nor a temporality.
    let up = try #require(metrics.first { $0.text(1) == "bpf_tools_up" })
    let gauge = try #require(try up.all(5).first)
    let gaugePoint = try #require(try gauge.all(1).first)
    #expect(gauge[2] == nil && gaugePoint[2] == nil)
    let resource = try wire.all(1, 1, 1).map { $0.text(1) }
    #expect(resource == ["service.name", "service.version", "host.name"])
  }

  @Test func `a histogram has one count more than bounds`() throws {
    let lines = registry(
      try .of("b", "histograms", [:]),
      [#"{"type":"histogram","unit":"usecs","sum":100,"buckets":[{"low":4,"high":7,"count":23}]}"#])
    let metric = try Wire(messages.metrics(lines.families, at: 7)).all(1, 2, 2).first
    let point = try #require(try metric?.all(9, 1).first)
    #expect(point[4] == .fixed(23) && point[5] == .fixed((0.0001).bitPattern))
    guard case .bytes(let counts) = point[6], case .bytes(let bounds) = point[7] else {
      Issue.record("counts or bounds are missing")
      return
    }
    #expect(counts.count == bounds.count + 8)
    #expect(counts[16..<24] == [23, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test func `an event is a log with its line and its keys`() throws {
    let line =
      #"{"type":"open","time":"1970-01-01T00:00:01Z","fd":-1,"ok":false,"f":0.5,"a":["x"]}"#
    let record = try #require(JSONRecord(Array(line.utf8)))
    let log = LogRecord(tool: "opensnoop", fields: record, body: line)
    let wire = try #require(try Wire(messages.logs([log], at: 7)).all(1, 2, 2).first)
    #expect(wire[1] == .fixed(1_000_000_000) && wire[2] == .varint(9) && wire[11] == .fixed(7))
    #expect(try wire.all(5).first?.text(1) == line)
    let attributes = try wire.all(6)
    func value(_ key: String) throws -> Wire? {
      try attributes.first { $0.text(1) == key }?.all(2).first
    }
    #expect(try value("tool")?.text(1) == "opensnoop")
    #expect(try value("fd")?[3] == .varint(UInt64(bitPattern: -1)))
    #expect(try value("ok")?[2] == .varint(0))
    #expect(try value("f")?[4] == .fixed((0.5).bitPattern))
    #expect(try value("a")?.all(5, 1).first?.text(1) == "x")
  }

  @Test func `what waits is bounded`() {
    let queue = LogQueue()
    guard let record = JSONRecord(Array("{}".utf8)) else { return }
    let log = LogRecord(tool: "t", fields: record, body: String(repeating: "x", count: 1 << 20))
    let taken = (0..<40).filter { _ in queue.add(log) }.count
    #expect(taken == 32)
    #expect(queue.take().count == 32 && queue.count == 0 && queue.add(log))
  }
}
