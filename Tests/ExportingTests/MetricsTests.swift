import Testing
import TraceKit

@testable import Exporting

/// What rows become.
@Suite struct MetricsTests {
  @Test func `events are counted by their keys, and their numbers are added up`() throws {
    let tool = try ToolDescription.of(
      "biosnoop", "events", ["time": "detail", "disk": "key", "latency_ms": "total"])
    let metrics = registry(
      tool,
      [
        #"{"type":"io","disk":"vda","latency_ms":1.5}"#,
        #"{"type":"io","disk":"vda","latency_ms":2}"#,
        #"{"type":"io","disk":"vdb","latency_ms":null}"#,
      ])
    #expect(
      metrics.lines("bpf_tools_biosnoop_") == [
        #"bpf_tools_biosnoop_events_total{disk="vda"} 2"#,
        #"bpf_tools_biosnoop_events_total{disk="vdb"} 1"#,
        #"bpf_tools_biosnoop_latency_seconds_total{disk="vda"} 0.0035"#,
        #"bpf_tools_biosnoop_latency_seconds_total{disk="vdb"} 0"#,
      ])
  }

  @Test func `counters grow over intervals and runs, and levels are those of the last one`()
    throws
  {
    let tool = try ToolDescription.of(
      "cachestat", "counts",
      ["time": "detail", "hits": "total", "hit_ratio_percent": "level", "cached_mb": "level"])
    let account = #"{"type":"account","seen":5,"shown":5,"lost":2}"#
    let metrics = Registry()
    let index = metrics.add(tool, command: nil, labelLimit: 10)
    for (hits, ratio) in [(17, 50), (6, 25)] {
      metrics.began(index, isRestart: hits == 6)
      metrics.take(
        Array(#"{"type":"c","hits":\#(hits),"hit_ratio_percent":\#(ratio),"cached_mb":2}"#.utf8),
        of: index)
      metrics.take(Array(account.utf8), of: index)
    }
    #expect(
      metrics.lines("bpf_tools_cachestat_") == [
        "bpf_tools_cachestat_hits_total 23", "bpf_tools_cachestat_hit_ratio 0.25",
        "bpf_tools_cachestat_cached_bytes 2097152",
      ])
    #expect(
      metrics.lines("bpf_tools_lost") == [#"bpf_tools_lost_events_total{tool="cachestat"} 4"#])
    #expect(
      metrics.lines("bpf_tools_restarts") == [#"bpf_tools_restarts_total{tool="cachestat"} 1"#])
    // An interval without rows has no levels.
    metrics.take(Array(account.utf8), of: index)
    #expect(metrics.lines("bpf_tools_cachestat_hit_ratio").isEmpty)
    #expect(metrics.lines("bpf_tools_cachestat_hits") == ["bpf_tools_cachestat_hits_total 23"])
  }

  @Test func `the greatest of rows with one label set is the level`() throws {
    let tool = try ToolDescription.of("t", "counts", ["comm": "key", "avg_us": "level"])
    let metrics = registry(
      tool,
      [7, 23, 5].map { #"{"type":"x","comm":"a","avg_us":\#($0)}"# } + [#"{"type":"account"}"#])
    #expect(metrics.lines("bpf_tools_t_") == [#"bpf_tools_t_avg_seconds{comm="a"} 2.3e-05"#])
  }

  @Test func `a row can stand for several events`() throws {
    let tool = try ToolDescription.of(
      "syscount", "counts", ["syscall": "key", "count": "total", "total_us": "total"])
    let metrics = registry(
      tool, [#"{"type":"s","syscall":"read","count":23,"total_us":1000000}"#])
    #expect(
      metrics.lines("bpf_tools_syscount_") == [
        #"bpf_tools_syscount_events_total{syscall="read"} 23"#,
        #"bpf_tools_syscount_seconds_total{syscall="read"} 1"#,
      ])
  }

  @Test func `rows past the limit of label sets are other, and none is missing`() throws {
    let tool = try ToolDescription.of("opensnoop", "events", ["comm": "key"])
    let rows = (0..<23).map { #"{"type":"open","comm":"c\#($0 % 11)"}"# }
    let metrics = registry(tool, limit: 5, rows)
    let lines = metrics.lines("bpf_tools_opensnoop_events_total")
    #expect(lines.count == 6)
    #expect(lines.reduce(0) { $0 + Int($1.split(separator: " ").last!)! } == 23)
    #expect(lines.contains(#"bpf_tools_opensnoop_events_total{comm="other"} 12"#))
    #expect(
      metrics.lines("bpf_tools_other_rows_total") == [
        #"bpf_tools_other_rows_total{tool="opensnoop"} 12"#
      ])
  }

  @Test func `labels are escaped and cut, whatever a process calls itself`() throws {
    let tool = try ToolDescription.of("opensnoop", "events", ["comm": "key"])
    let long = String(repeating: "é", count: 100)
    let metrics = registry(
      tool,
      [#"{"type":"open","comm":"a\\b\"c\nd} 1"}"#, #"{"type":"open","comm":"\#(long)"}"#])
    let lines = metrics.lines("bpf_tools_opensnoop_events_total")
    #expect(lines.contains(#"bpf_tools_opensnoop_events_total{comm="a\\b\"c\nd} 1"} 1"#))
    #expect(lines.contains { $0.contains("\"" + String(repeating: "é", count: 64) + "\"} 1") })
  }

  @Test func `histograms are cumulative, in seconds, and added up`() throws {
    let tool = try ToolDescription.of("biolatency", "histograms", ["disk": "key"])
    let row =
      #"{"type":"histogram","disk":"vda","unit":"usecs","count":23,"sum":3000,"buckets":"#
      + #"[{"low":0,"high":1,"count":4},{"low":64,"high":127,"count":6},{"low":128,"high":255,"count":13}]}"#
    let name = "bpf_tools_biolatency_seconds"
    let metrics = registry(tool, [row, row])
    let lines = metrics.lines(name)
    #expect(lines.count == 27 + 3)
    for line in [
      #"_bucket{disk="vda",le="2e-06"} 8"#, #"_bucket{disk="vda",le="6.4e-05"} 8"#,
      #"_bucket{disk="vda",le="0.000128"} 20"#, #"_bucket{disk="vda",le="0.000256"} 46"#,
      #"_bucket{disk="vda",le="+Inf"} 46"#, #"_sum{disk="vda"} 0.006"#, #"_count{disk="vda"} 46"#,
    ] { #expect(lines.contains(name + line), "\(line)") }
  }

  @Test func `sizes have the greatest whole number of a bucket, and steps those that were seen`()
    throws
  {
    let bytes = registry(
      try .of("bitesize", "histograms", [:], unit: "kbytes"),
      [#"{"type":"histogram","unit":"kbytes","sum":9,"buckets":[{"low":4,"high":7,"count":2}]}"#])
    #expect(
      bytes.lines("bpf_tools_bitesize_bytes_bucket").contains(
        #"bpf_tools_bitesize_bytes_bucket{le="8191.0"} 2"#))
    #expect(bytes.lines("bpf_tools_bitesize_bytes_sum") == ["bpf_tools_bitesize_bytes_sum 9216"])
    let steps = registry(
      try .of("runqlen", "histograms", [:], unit: "tasks", isLinear: true),
      [
        #"{"type":"histogram","unit":"tasks","sum":9,"buckets":"#
          + #"[{"low":3,"high":3,"count":2},{"low":4,"high":90,"count":1}]}"#,
        #"{"type":"histogram","unit":"tasks","sum":0,"buckets":[{"low":0,"high":0,"count":4}]}"#,
      ])
    #expect(
      steps.lines("bpf_tools_runqlen_tasks_bucket") == [
        #"bpf_tools_runqlen_tasks_bucket{le="0.0"} 4"#,
        #"bpf_tools_runqlen_tasks_bucket{le="3.0"} 6"#,
        #"bpf_tools_runqlen_tasks_bucket{le="+Inf"} 7"#,
      ])
  }

  @Test func `lines that are no records are counted`() throws {
    let metrics = registry(
      try .of("t", "events", [:]), ["{", "", "[]", #"{"comm":"a"}"#, #"{"type":"e"}"#])
    #expect(metrics.lines("bpf_tools_unread") == [#"bpf_tools_unread_lines_total{tool="t"} 4"#])
    #expect(metrics.lines("bpf_tools_t_") == ["bpf_tools_t_events_total 1"])
  }

  @Test func `OpenMetrics has names without suffix, units and an end`() throws {
    let metrics = registry(
      try .of("t", "events", ["latency_us": "total"]), [#"{"type":"e","latency_us":23}"#])
    let name = "bpf_tools_t_latency_seconds"
    let lines = metrics.lines("", as: .openMetrics)
    #expect(lines.contains("# TYPE \(name) counter") && lines.contains("# UNIT \(name) seconds"))
    #expect(lines.contains { $0.hasPrefix("# HELP \(name) t: About \\\"it\\\".") })
    #expect(lines.contains(name + "_total 2.3e-05") && lines.last == "# EOF")
    let plain = metrics.lines("# TYPE \(name)")
    #expect(plain == ["# TYPE \(name)_total counter"])
  }
}
