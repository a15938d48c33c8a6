import Glibc
import TraceKit

/// What a look found.
struct Report {
  let look: Look
  let findings: [Finding]
  /// What a reader must know of the tools: why one did not run, and what is missing.
  let notes: [Note]
  let heading: String

  struct Note: Sendable {
    let tool: String
    let ran: Bool
    let reason: String?
    let leftOut: UInt64
    let lost: Double

    /// What is said after its name.
    var words: String {
      if let reason { return "did not run to the end: \(reason)" }
      return "lost \(Figure.number(lost)) events and left out \(counted(leftOut, "lines"))"
    }

    var isWorthALine: Bool { reason != nil || leftOut > 0 || lost > 0 }
  }

  init(_ look: Look) {
    self.look = look
    findings = look.asked.filter { $0.obstacle == nil || !$0.facts.isEmpty }
      .flatMap { $0.findings(seconds: look.seconds) }
    notes = look.asked.map { tool in
      Note(
        tool: tool.probe.tool, ran: tool.obstacle == nil, reason: tool.obstacle,
        leftOut: tool.leftOut, lost: tool.facts.lost)
    }
    let host = HostFact.host
    let unusual = findings.count { $0.isUnusual }
    heading =
      "\(host.name), Linux \(host.kernel), \(Figure.number(look.seconds)) s: "
      + (unusual == 1 ? "1 line is unusual" : "\(unusual) lines are unusual")
  }

  /// The notes that a person reads: tools of which the same is said are one.
  var remarks: [String] {
    var groups: [(words: String, tools: [String])] = []
    for note in notes where note.isWorthALine {
      if let place = groups.firstIndex(where: { $0.words == note.words }) {
        groups[place].tools.append(note.tool)
      } else {
        groups.append((note.words, [note.tool]))
      }
    }
    return groups.map { "\($0.tools.joined(separator: ", ")) \($0.words)" }
  }

  /// How the process ends: as the tools did, if none ran.
  var failure: ExitStatus? {
    guard look.asked.allSatisfy({ $0.obstacle != nil }) else { return nil }
    let isRefused = look.asked.contains { $0.status == ExitStatus.notPermitted.rawValue }
    return isRefused ? .notPermitted : .unavailable
  }

  func print(as format: OutputFormat, to output: Output) throws {
    switch format {
    case .table: writeText(to: output.buffer)
    case .json:
      printer(format, output.buffer, "finding", Self.columns, findings)
      printer(format, output.buffer, "entry", Self.entryColumns, entries)
      writeHistograms(to: output.buffer)
      printer(format, output.buffer, "tool", Self.noteColumns, notes)
    case .csv: printer(format, output.buffer, "finding", Self.columns, findings)
    }
    do { try output.flush() } catch is Output.Closed { return }
  }

  private func printer<Row: Sendable>(
    _ format: OutputFormat, _ out: OutputBuffer, _ type: String, _ columns: [Column<Row>],
    _ rows: [Row]
  ) {
    let printer = RowPrinter(
      type: type, columns: columns, format: format, timeFormat: .none, clock: EventClock(),
      out: out)
    printer.header()
    for row in rows { printer.print(row) }
  }

  private static let columns: [Column<Finding>] = [
    Column("section", "SECTION", width: 10) { $1.text($0.section) },
    Column("tool", "TOOL", width: 12) { $1.text($0.tool) },
    Column("unusual", "UNUSUAL", width: 7) { $1.bool($0.isUnusual) },
    Column("text", "TEXT", width: 0) { $1.text($0.text) },
    Column("limit", "LIMIT", width: 0) { $1.text($0.limit) },
    Column("value", "VALUE", width: 0) {
      $1.fraction(Figure.whole($0.value * 1000), per: 1000, decimals: 3)
    },
    Column("unit", "UNIT", width: 0) { $1.text($0.unit.rawValue) },
    Column("see", "SEE", width: 0) { $1.text($0.closer) },
  ]

  /// A key of a tool, and what there was of it.
  private struct Entry: Sendable {
    let section: String
    let tool: String
    let key: String
    let value: Double
    let unit: Figure.Unit
  }

  /// The greatest of each tool.
  private var entries: [Entry] {
    look.asked.flatMap { tool in
      tool.facts.tally.top(100).map { key, value in
        Entry(
          section: tool.section.name, tool: tool.probe.tool, key: key, value: value,
          unit: tool.probe.unit)
      }
    }
  }

  private static let entryColumns: [Column<Entry>] = [
    Column("section", "SECTION", width: 10) { $1.text($0.section) },
    Column("tool", "TOOL", width: 12) { $1.text($0.tool) },
    Column("key", "KEY", width: 0) { $1.text($0.key) },
    Column("value", "VALUE", width: 0) {
      $1.fraction(Figure.whole($0.value * 1000), per: 1000, decimals: 3)
    },
    Column("unit", "UNIT", width: 0) { $1.text($0.unit.rawValue) },
  ]

  private static let noteColumns: [Column<Note>] = [
    Column("tool", "TOOL", width: 12) { $1.text($0.tool) },
    Column("ran", "RAN", width: 3) { $1.bool($0.ran) },
    Column("reason", "REASON", width: 0) { $1.textOrNone($0.reason) },
    Column("lost", "LOST", width: 0) { $1.integer(Figure.whole($0.lost)) },
    Column("left_out", "LEFT OUT", width: 0) { $1.integer($0.leftOut) },
  ]

  private func writeHistograms(to out: OutputBuffer) {
    for tool in look.asked {
      for histogram in tool.facts.histograms {
        out.append("{\"type\":\"histogram\",\"section\":\"\(tool.section.name)\",")
        out.append("\"tool\":\"\(tool.probe.tool)\",\"label\":")
        out.append(json: histogram.label)
        out.append(",\"unit\":\"microseconds\",\"buckets\":[")
        for (place, bucket) in histogram.buckets.enumerated() {
          if place > 0 { out.append(",") }
          out.append("{\"low\":\(Figure.whole(bucket.low)),\"high\":\(Figure.whole(bucket.high)),")
          out.append("\"count\":\(Figure.whole(bucket.count))}")
        }
        out.append("]}\n")
      }
    }
  }
}

extension Facts {
  var isEmpty: Bool { tally.total == 0 && histograms.isEmpty && hits + misses == 0 }
}

extension Figure {
  static func whole(_ value: Double) -> UInt64 {
    value.isFinite ? UInt64(min(max(value, 0), 1e18)) : 0
  }
}

extension HostFact {
  /// The names of this host and of its kernel.
  static var host: (name: String, kernel: String) {
    var names = utsname()
    uname(&names)
    func text<Bytes>(_ bytes: Bytes) -> String {
      withUnsafeBytes(of: bytes) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
    return (text(names.nodename), text(names.release))
  }
}
