import BPFObjects
import TraceKit

/// How long a connection was in each state in an interval.
struct CongestionRow: SummaryRow {
  let times: tcpcong_times
  /// By the number of the state.
  let nanoseconds: [UInt64]
  /// The changes of its state.
  let count: UInt64
  /// The end of the interval, on the kernel's clock.
  let time: UInt64
}

/// The connections whose states are known, in the order of their local ports, each with its
/// states of the interval, the one that goes on included.
final class CongestionTimes: SummarySource {
  /// What was told of a connection.
  private struct Told {
    var nanoseconds: [UInt64]
    var changes: UInt64
  }

  private struct Identity: Hashable {
    let socket: UInt64
    let begun: UInt64
  }

  private let account: KernelAccount
  private let connections: HashMap<UInt64, tcpcong_times>
  private let ended: HashMap<tcpcong_connection, tcpcong_times>
  private var told: [Identity: Told] = [:]
  private var end: UInt64?

  init(_ session: Session) throws(BPFError) {
    account = try KernelAccount(session)
    connections = try HashMap("connections", in: session.object)
    ended = try HashMap("ended", in: session.object)
  }

  func take() throws -> [CongestionRow] {
    let now = end ?? EventClock.now
    var found: [Identity: tcpcong_times] = [:]
    for (socket, first) in try connections.entries() {
      guard let times = whole(first, of: socket) else { continue }
      found[Identity(socket: socket, begun: times.begun_ns)] = times
    }
    // One that ends meanwhile is in both, and then this is the whole of it.
    for (connection, times) in try ended.drain() {
      found[Identity(socket: connection.socket, begun: connection.begun_ns)] = times
    }
    var still: [Identity: Told] = [:]
    let rows = found.compactMap { identity, times -> CongestionRow? in
      guard times.changes > 0 else { return nil }
      let (all, before) = (Self.nanoseconds(times, until: now), told[identity])
      if times.state < TCPCONG_STATES {
        still[identity] = Told(nanoseconds: all, changes: times.changes)
      }
      return CongestionRow(
        times: times,
        nanoseconds: all.indices.map { all[$0] - min(all[$0], before?.nanoseconds[$0] ?? 0) },
        count: times.changes - (before?.changes ?? 0), time: now)
    }
    told = still
    return rows.sorted { $0.times.endpoints.source_port < $1.times.endpoints.source_port }
  }

  /// What no program wrote while it was read; nil where the connection has ended.
  private func whole(_ first: tcpcong_times, of socket: UInt64) -> tcpcong_times? {
    var times = first
    while let again = connections.value(for: socket) {
      if again.sequence == times.sequence, again.sequence % 2 == 0 { return again }
      times = again
    }
    return nil
  }

  /// With the state that goes on.
  private static func nanoseconds(_ times: tcpcong_times, until now: UInt64) -> [UInt64] {
    var all = withUnsafeBytes(of: times.nanoseconds) {
      Array($0.bindMemory(to: UInt64.self).prefix(Int(TCPCONG_STATES)))
    }
    if times.state < TCPCONG_STATES, now > times.since_ns {
      all[Int(times.state)] += now - times.since_ns
    }
    return all
  }

  func stop() {
    account.stop()
    end = end ?? EventClock.now
  }

  func ledger() throws -> Ledger { try account.ledger() }
}
