import Wire

/// What was counted for one kind of event, or for one process.
public struct Tally: SummaryRow {
  /// The kind's number, or the process's.
  public let key: UInt32
  /// The name of the process's main thread.
  public let comm: [UInt8]
  public let count: UInt64
  /// How long they took in all, in nanoseconds; 0 where that is not measured.
  public let nanoseconds: UInt64
  /// When it was taken out.
  public let time: UInt64
}

/// The tallies of a session whose object was made with `lib/tally.bpf.h`.
public final class TallyReader: SummarySource {
  /// What is distinguished.
  public enum Keys: Sendable {
    /// Kinds with numbers below this one.
    case kinds(Int)
    case processes

    /// How many processes a map has room for.
    private static var processRoom: Int { 10_240 }

    /// Gives the maps the room that they need.
    public func makeRoom(in object: inout OpenObject) throws(BPFError) {
      switch self {
      case .kinds(let count):
        try object.setMaxEntries(of: "tallies", to: KernelFeatures.possibleCPUs * 2 * count)
      case .processes:
        for map in ["processes_even", "processes_odd"] {
          try object.setMaxEntries(of: map, to: Self.processRoom)
        }
      }
    }
  }

  private let account: KernelAccount
  private let sets: AlternateSets
  private let kinds: SharedArray<tally>
  private let processes: [HashMap<UInt32, process_tally>]
  private let keys: Keys
  /// Whether those come first that took the longest, not the most frequent.
  private let isByTime: Bool
  /// Whether the first come last, next to the prompt.
  private let greatestLast: Bool
  private var taken: UInt64 = 0

  public init(
    _ session: Session, _ keys: Keys, isByTime: Bool, greatestLast: Bool = false
  ) throws(BPFError) {
    account = try KernelAccount(session)
    let object = session.object
    sets = try AlternateSets("tally_set", in: object)
    kinds = try SharedArray("tallies", in: object)
    processes = [
      try HashMap("processes_even", in: object), try HashMap("processes_odd", in: object),
    ]
    self.keys = keys
    self.isByTime = isByTime
    self.greatestLast = greatestLast
  }

  public func take() throws -> [Tally] {
    let full = Int(sets.turn(whileOpen: account.isOpen))
    let time = EventClock.now
    var rows: [Tally] = []
    switch keys {
    case .kinds(let count): rows = takeKinds(count, set: full, time: time)
    case .processes:
      for (pid, found) in try processes[full].drain() {
        rows.append(
          Tally(
            key: pid, comm: withUnsafeBytes(of: found.comm) { Array($0.upToNUL) },
            count: found.tally.count, nanoseconds: found.tally.total_ns, time: time))
      }
    }
    for row in rows { taken += row.count }
    let sorted = rows.sorted { left, right in
      isByTime
        ? (left.nanoseconds, left.count, right.key) > (right.nanoseconds, right.count, left.key)
        : (left.count, right.key) > (right.count, left.key)
    }
    return greatestLast ? sorted.reversed() : sorted
  }

  private func takeKinds(_ count: Int, set: Int, time: UInt64) -> [Tally] {
    (0..<count).compactMap { kind in
      var sum = tally()
      for cpu in 0..<KernelFeatures.possibleCPUs {
        let index = (cpu * 2 + set) * count + kind
        let part = kinds[index]
        guard part.count > 0 else { continue }
        sum.count += part.count
        sum.total_ns += part.total_ns
        kinds[index] = tally()
      }
      guard sum.count > 0 else { return nil }
      return Tally(
        key: UInt32(kind), comm: [], count: sum.count, nanoseconds: sum.total_ns, time: time)
    }
  }

  public func stop() { account.stop() }

  /// The programs count no event twice: what they tally is what they saw, but for what
  /// a full map kept out.
  public func ledger() throws -> Ledger {
    var ledger = try account.ledger()
    ledger.seen += taken
    return ledger
  }
}
