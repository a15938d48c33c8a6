public import BPF
import Wire

/// The account of a run: what the programs saw and what became of it.
public struct Ledger: Equatable, Sendable {
  /// Events that passed the filter in the kernel.
  public var seen: UInt64 = 0
  /// Of these, how many user space received.
  public var delivered: UInt64 = 0
  /// Of these, how many did not fit into the ring buffer.
  public var lost: UInt64 = 0
  /// State that a program could not keep because a map was full.
  public var mapFull: UInt64 = 0
  /// Events with a text that was cut short.
  public var truncated: UInt64 = 0
  /// Hits that the kernel skipped because another program was active on the
  /// CPU.
  public var missed: UInt64 = 0
  /// Delivered, and shown.
  public var shown: UInt64 = 0
  /// Not lost, and not asked for: by a filter that only user space can apply,
  /// after `--max-events`, or when nobody read the output any more.
  public var filtered: UInt64 = 0
  /// Seen, and overwritten by later ones before somebody read them; nil where none can be.
  public var overwritten: UInt64?
  /// Time that the programs took, in nanoseconds; nil where it was not measured.
  public var programTime: UInt64?
  /// What the maps take.
  public var maps = MapMemory()

  public init() {}

  /// Whether the output lacks something that happened.
  public var hasLoss: Bool { lost > 0 || mapFull > 0 || missed > 0 }

  mutating func add(_ counts: [ledger]) {
    for count in counts {
      seen += count.seen
      lost += count.lost
      mapFull += count.map_full
      truncated += count.truncated
    }
  }

  /// One sentence on what is missing.
  func lossSentence(tool: String) -> String {
    var parts: [String] = []
    if lost > 0 { parts.append("lost \(lost) of \(seen) events (ring buffer full)") }
    if mapFull > 0 { parts.append("could not follow \(mapFull) (map full)") }
    if missed > 0 { parts.append("the kernel skipped \(missed) hits (another program active)") }
    return "\(tool): " + parts.joined(separator: ", ")
  }

  /// All counts in one line, for `--stats`.
  func statistics(tool: String) -> String {
    "\(tool): seen \(seen), shown \(shown), filtered \(filtered), lost \(lost), "
      + "map full \(mapFull), truncated \(truncated), missed \(missed)"
      + (overwritten.map { ", overwritten \($0)" } ?? "")
  }

  /// Closes a run: the last record of JSON, and on standard error what is
  /// missing and, with a cost, all that was counted.
  ///
  /// - Parameter format: nil where the reader of the output is gone.
  func close(tool: String, format: OutputFormat?, to output: Output, cost: RunCost?) throws {
    if format == .json { writeJSON(to: output.buffer, cost: cost) }
    do { try output.flush() } catch is Output.Closed {}
    if hasLoss { tell(lossSentence(tool: tool) + " in total") }
    guard let cost else { return }
    tell(statistics(tool: tool))
    tell(cost.sentence(tool: tool))
  }

  /// A record of JSON, which is the last one, or that of the account so far.
  func writeJSON(
    to out: OutputBuffer, type: StaticString = "summary", cost: RunCost? = nil
  ) {
    out.append("{\"type\":\"")
    out.append(type)
    out.append("\"")
    let counts: [(StaticString, UInt64)] = [
      ("seen", seen), ("shown", shown), ("filtered", filtered), ("lost", lost),
      ("map_full", mapFull), ("truncated", truncated), ("missed", missed),
    ]
    for (name, count) in counts {
      out.append(",\"")
      out.append(name)
      out.append("\":")
      out.append(count)
    }
    if let overwritten { out.append(",\"overwritten\":\(overwritten)") }
    cost?.writeJSON(to: out)
    out.append("}\n")
  }
}
