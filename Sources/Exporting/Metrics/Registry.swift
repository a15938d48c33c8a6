import Synchronization
import TraceKit

/// All metrics, which one thread adds to and another serves.
public final class Registry: Sendable {
  /// What is known of one command.
  private struct Entry: Sendable {
    let tool: String
    let command: String?
    var metrics: ToolMetrics
    var account = Account()
    var isUp = false
    var restarts = 0.0
    var unreadLines = 0.0
  }

  /// What was sent, and what could not be.
  public struct Sendings: Equatable, Sendable {
    public var sent = 0.0
    public var dropped = 0.0
    public var failures = 0.0
    public init() {}
  }

  private struct State: Sendable {
    var entries: [Entry] = []
    var scrapes = 0.0
    var refused = 0.0
    /// Nil: nothing is sent.
    var sendings: Sendings?
  }

  private let state = Mutex(State())

  public init() {}

  /// - Parameter command: tells several commands of one tool apart.
  /// - Returns: the number of the command.
  public func add(_ description: ToolDescription, command: String?, labelLimit: Int) -> Int {
    state.withLock { state in
      state.entries.append(
        Entry(
          tool: description.tool, command: command,
          metrics: ToolMetrics(description, command: command, limit: labelLimit)))
      return state.entries.count - 1
    }
  }

  /// Adds a line that a tool wrote.
  ///
  /// - Returns: what it is, if it is a row.
  @discardableResult
  public func take(_ line: [UInt8], of index: Int) -> JSONRecord? {
    let record = JSONRecord(line)
    return state.withLock { state in
      guard let record, let type = record.text("type") else {
        state.entries[index].unreadLines += 1
        return nil
      }
      // Its first record is its account, once it is attached.
      state.entries[index].isUp = true
      switch type {
      case "account", "summary":
        state.entries[index].account.add(record)
        state.entries[index].metrics.endInterval()
        return nil
      default:
        state.entries[index].metrics.add(record)
        return record
      }
    }
  }

  public func began(_ index: Int, isRestart: Bool) {
    state.withLock { state in
      state.entries[index].account.begin()
      if isRestart { state.entries[index].restarts += 1 }
    }
  }

  public func ended(_ index: Int, leftOut: UInt64) {
    state.withLock { state in
      state.entries[index].isUp = false
      state.entries[index].unreadLines += Double(leftOut)
    }
  }

  func wasScraped() { state.withLock { $0.scrapes += 1 } }
  func refusedConnection() { state.withLock { $0.refused += 1 } }
  func sends(_ change: (inout Sendings) -> Void) {
    state.withLock { state in
      var sendings = state.sendings ?? Sendings()
      change(&sendings)
      state.sendings = sendings
    }
  }

  /// Everything at this moment.
  public var families: [MetricFamily] {
    state.withLock { state in
      Self.merged(state.entries.flatMap(\.metrics.families)) + Self.accounts(state.entries)
        + Self.own(state)
    }
  }

  /// Several commands of one tool have the same metrics.
  private static func merged(_ families: [MetricFamily]) -> [MetricFamily] {
    var merged: [MetricFamily] = []
    var places: [String: Int] = [:]
    for family in families {
      guard let place = places[family.name] else {
        places[family.name] = merged.count
        merged.append(family)
        continue
      }
      // With other options a tool may have other keys, or another kind of rows.
      guard merged[place].labelNames == family.labelNames, merged[place].kind == family.kind else {
        continue
      }
      merged[place].points += family.points
    }
    return merged
  }

  private static func accounts(_ entries: [Entry]) -> [MetricFamily] {
    let areTold = entries.contains { $0.command != nil }
    let names = ["tool"] + (areTold ? ["command_line"] : [])
    func family(
      _ name: String, _ kind: MetricFamily.Kind, _ help: String, _ value: (Entry) -> Double
    ) -> MetricFamily {
      MetricFamily(
        "bpf_tools_" + name, kind, help: help, labelNames: names,
        points: entries.map { entry in
          MetricFamily.Point(
            [entry.tool] + (areTold ? [entry.command.map(LabelText.cut) ?? ""] : []),
            .number(value(entry)))
        })
    }
    return [
      family("up", .gauge, "Whether the tool runs and is attached.") { $0.isUp ? 1 : 0 },
      family("restarts", .counter, "How often the tool was started again.") { $0.restarts },
      family("unread_lines", .counter, "Lines of the tool that were no records.") {
        $0.unreadLines
      },
      family("label_sets", .gauge, "Label sets that are kept of the tool.") {
        Double($0.metrics.labelSets)
      },
      family("other_rows", .counter, "Rows that count as other, past the limit of label sets.") {
        $0.metrics.otherRows
      },
    ]
      + Account.keys.enumerated().map { index, what in
        family("\(what.key)_events", .counter, what.what) { $0.account.totals[index] }
      }
  }

  private static func own(_ state: State) -> [MetricFamily] {
    func family(_ name: String, _ kind: MetricFamily.Kind, _ help: String, _ value: Double)
      -> MetricFamily
    {
      MetricFamily(
        "bpf_tools_exporter_" + name, kind, help: help,
        points: [MetricFamily.Point([], .number(value))])
    }
    var all = [
      MetricFamily(
        "bpf_tools_exporter_build_info", .gauge, help: "The version of the exporter.",
        labelNames: ["version"], points: [MetricFamily.Point([collectionVersion], .number(1))]),
      family("scrapes", .counter, "Answered requests for metrics.", state.scrapes),
      family(
        "refused_connections", .counter, "Connections past the limit of their number.",
        state.refused),
    ]
    if let sendings = state.sendings {
      all += [
        family("sent_requests", .counter, "Requests that an OTLP receiver took.", sendings.sent),
        family(
          "failed_requests", .counter, "Requests that an OTLP receiver did not take.",
          sendings.failures),
        family(
          "dropped_logs", .counter, "Events that could not be sent as logs.", sendings.dropped),
      ]
    }
    return all
  }
}
