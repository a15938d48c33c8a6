/// The events of a snapshot as a source.
final class RecorderSource: EventSource {
  private let snapshot: RecorderSnapshot
  /// How many are too old.
  private let skipped: Int
  private var next: Int

  /// - Parameter time: events before it are not passed.
  init(_ snapshot: RecorderSnapshot, from time: UInt64) {
    self.snapshot = snapshot
    skipped = snapshot.count - snapshot.count(from: time)
    next = skipped
  }

  var descriptor: Int32? { nil }
  var isExhausted: Bool { next == snapshot.count }

  func drain(_ body: (RawSpan) throws -> Bool) throws -> Int {
    var count = 0
    while !isExhausted {
      next += 1
      count += 1
      guard try snapshot.event(next - 1, body) else { break }
    }
    return count
  }

  func awaitEvent() -> Bool { isExhausted }

  func ledger() -> Ledger {
    var ledger = snapshot.ledger
    ledger.filtered = UInt64(skipped)
    return ledger
  }

  func stop() {}
}
