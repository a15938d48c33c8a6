/// The totals of one key over an interval.
public struct RankedRow<Key, Totals> {
  public let key: Key
  public let totals: Totals
  /// When the interval ended, on the kernel's clock.
  public let time: UInt64
  /// How long it was, in nanoseconds.
  public let span: UInt64
}

/// Where a runner gets its totals from: the kernel, or a recording.
public protocol TotalsSource<Key, Totals>: AnyObject {
  associatedtype Key
  associatedtype Totals
  /// Takes out what was added since the last time.
  func take() throws -> [(key: Key, value: Totals)]
  /// Ends the adding; what was added can still be taken.
  func stop()
  func ledger() throws -> Ledger
}

/// The totals of a session whose object was made with `lib/totals.bpf.h`.
public final class TotalsReader<Key: BitwiseCopyable, Totals: BitwiseCopyable>: TotalsSource {
  private let account: KernelAccount
  private let sets: AlternateSets
  private let maps: TotalsMaps<Key, Totals>
  private let events: (Totals) -> UInt64
  private let merge: ([(key: Key, value: Totals)]) -> [(key: Key, value: Totals)]
  private var taken: UInt64 = 0

  /// - Parameters:
  ///   - numbers: where the totals stand by numbers, which these are; nil: by keys.
  ///   - events: how many events totals stand for.
  ///   - merge: puts together what is one row.
  public init(
    _ session: Session, numbers: TotalsNumbers<Key>? = nil,
    events: @escaping (Totals) -> UInt64,
    merge: @escaping ([(key: Key, value: Totals)]) -> [(key: Key, value: Totals)] = { $0 }
  ) throws(BPFError) {
    self.events = events
    self.merge = merge
    account = try KernelAccount(session)
    sets = try AlternateSets("totals_set", in: session.object)
    maps = try TotalsMaps(session.object, numbers)
  }

  public func take() throws -> [(key: Key, value: Totals)] {
    let totals = try maps.drain(sets.turn(whileOpen: account.isOpen), events)
    for (_, value) in totals { taken += events(value) }
    return merge(totals)
  }

  public func stop() { account.stop() }

  /// The programs count no event twice: what stands in the totals is what they saw, but
  /// for what a full map kept out.
  public func ledger() throws -> Ledger {
    var ledger = try account.ledger()
    ledger.seen += taken
    return ledger
  }
}

extension Sequence {
  /// Adds up the totals whose keys are the same, byte by byte, once they are made alike.
  ///
  /// - Parameters:
  ///   - unify: takes out of a key what does not matter, such as the CPU.
  ///   - add: adds the second totals to the first.
  public func summed<Key: BitwiseCopyable, Totals>(
    unifying unify: (inout Key) -> Void, add: (inout Totals, Totals) -> Void
  ) -> [(key: Key, value: Totals)] where Element == (key: Key, value: Totals) {
    var places: [[UInt8]: Int] = [:]
    var sums: [(key: Key, value: Totals)] = []
    for (original, value) in self {
      var key = original
      unify(&key)
      let bytes = withUnsafeBytes(of: key, Array.init)
      if let place = places[bytes] {
        add(&sums[place].value, value)
      } else {
        places[bytes] = sums.count
        sums.append((key, value))
      }
    }
    return sums
  }
}
