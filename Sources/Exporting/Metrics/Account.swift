import TraceKit

/// The account of a tool over all its runs, whose records have that of one run so far.
struct Account: Sendable {
  static let keys: [(key: String, what: String)] = [
    ("seen", "Events that passed the filter in the kernel."),
    ("shown", "Events that the tool reported."),
    ("filtered", "Events that the tool received and did not report."),
    ("lost", "Events that did not fit into the ring buffer."),
    ("map_full", "Events that could not be followed because a map was full."),
    ("missed", "Hits that the kernel skipped."),
    ("truncated", "Events with a text that was cut."),
  ]

  private(set) var totals = [Double](repeating: 0, count: keys.count)
  private var run = [Double](repeating: 0, count: keys.count)

  mutating func add(_ record: JSONRecord) {
    for (index, (key, _)) in Self.keys.enumerated() {
      guard let now = record.number(key), now.isFinite, now > run[index] else { continue }
      totals[index] += now - run[index]
      run[index] = now
    }
  }

  /// A run began, which counts from 0.
  mutating func begin() { run = run.map { _ in 0 } }
}
