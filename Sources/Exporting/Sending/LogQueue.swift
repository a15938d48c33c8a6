import Synchronization

/// Events that wait to be sent as logs.
final class LogQueue: Sendable {
  /// What waits at most.
  static let countLimit = 50_000
  static let byteLimit = 32 << 20
  /// What goes into one request.
  static let batch = 2000

  private struct State {
    var records: [LogRecord] = []
    var bytes = 0
  }

  private let state = Mutex(State())

  /// - Returns: whether there was room.
  func add(_ record: LogRecord) -> Bool {
    state.withLock { state in
      let size = record.body.utf8.count
      guard state.records.count < Self.countLimit, state.bytes + size <= Self.byteLimit else {
        return false
      }
      state.records.append(record)
      state.bytes += size
      return true
    }
  }

  /// Takes out the first.
  func take() -> [LogRecord] {
    state.withLock { state in
      let batch = Array(state.records.prefix(Self.batch))
      state.records.removeFirst(batch.count)
      state.bytes -= batch.reduce(0) { $0 + $1.body.utf8.count }
      return batch
    }
  }

  var count: Int { state.withLock { $0.records.count } }
}
