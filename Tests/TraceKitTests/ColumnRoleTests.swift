import Testing

@testable import TraceKit

@Suite struct ColumnRoleTests {
  @Test(arguments: [
    ("comm", ColumnRole.detail), ("count", .detail), ("path", .detail), ("time", .detail),
    ("read_bytes", .total), ("latency_ms", .total), ("total_us", .total), ("avg_ms", .level),
    ("max_ns", .level), ("p99_us", .level), ("p99.9_us", .level), ("pages_ms", .total),
    ("hit_ratio_percent", .level), ("packets_per_second", .level), ("avg", .detail),
    ("_", .detail), ("", .detail),
  ])
  func `a unit says what a column is that declares no role`(name: String, role: ColumnRole) {
    #expect(ColumnRole(of: name) == role)
    let column = Column<Int>(name, "X", width: 1) { $1.integer($0) }
    #expect(column.role == role)
  }

  @Test func `a column can be something else than its unit says`() {
    let column = Column<Int>("free_bytes", "X", width: 1, role: .level) { $1.integer($0) }
    #expect(column.role == .level)
  }

  @Test func `units are base units with a factor`() throws {
    let latency = try #require(ColumnUnit(ofColumn: "latency_us"))
    #expect(latency.stem == "latency" && latency.base == "seconds" && latency.divisor == 1e6)
    let cached = try #require(ColumnUnit(ofColumn: "cached_mb"))
    #expect(cached.base == "bytes" && cached.multiplier == 1_048_576)
    #expect(ColumnUnit(ofColumn: "bytes") == nil && ColumnUnit(ofColumn: "a_b") == nil)
    #expect(ColumnUnit(ofHistogram: "usecs")?.base == "seconds")
    #expect(ColumnUnit(ofHistogram: "kbytes")?.multiplier == 1024)
    #expect(ColumnUnit(ofHistogram: "tasks") == nil)
  }

  @Test func `options of the exporter are its own, and all others the tool's`() {
    let split = Exporter.split(["-x", "--listen", "a:1", "--otlp=u", "--comm", "--listen=b", "1"])
    #expect(split.own == ["--listen", "a:1", "--otlp=u", "--listen=b"])
    #expect(split.others == ["-x", "--comm", "1"])
  }
}
