import Wire

/// A histogram and what it is of.
public struct KeyedHistogram<Key> {
  /// Nil where one histogram is of all.
  public let key: Key?
  /// The name that the program gave to the key.
  public let label: [UInt8]
  public let histogram: Histogram
}

/// Where a runner takes its histograms from: the kernel, or a recording.
public protocol HistogramSource<Key>: AnyObject {
  associatedtype Key
  /// What was counted since the last time.
  func take() throws -> [KeyedHistogram<Key>]
  /// Ends the counting; what was counted can still be taken.
  func stop()
  func ledger() throws -> Ledger
}

/// The histograms of a session whose object was made with
/// `lib/histogram.bpf.h`.
public final class HistogramReader<Key: BitwiseCopyable>: HistogramSource {
  private let account: KernelAccount
  private let sets: AlternateSets
  private let total: PerCPUArray<histogram>
  private let keyed: [HashMap<Key, histogram>]
  private var taken: UInt64 = 0

  /// How many keys a map has room for.
  static var room: Int { 10_240 }

  public init(_ session: Session, isKeyed: Bool) throws(BPFError) {
    account = try KernelAccount(session)
    let object = session.object
    sets = try AlternateSets("histogram_set", in: object)
    total = try PerCPUArray("histogram_total", in: object)
    keyed =
      isKeyed
      ? [
        try HashMap("histograms_even", in: object), try HashMap("histograms_odd", in: object),
      ] : []
  }

  public func take() throws -> [KeyedHistogram<Key>] {
    let histograms = try takeSet(sets.turn(whileOpen: account.isOpen))
    for entry in histograms { taken += entry.histogram.count }
    return histograms
  }

  private func takeSet(_ full: UInt32) throws -> [KeyedHistogram<Key>] {
    guard keyed.isEmpty else {
      return try keyed[Int(full)].drain().map { key, counts in
        let label = withUnsafeBytes(of: counts.label) { Array($0.upToNUL) }
        return KeyedHistogram(key: key, label: label, histogram: Histogram(counts))
      }
    }
    var sum = Histogram()
    for counts in try total.values(at: full) { sum.add(counts) }
    try total.clear(at: full)
    return [KeyedHistogram(key: nil, label: [], histogram: sum)]
  }

  public func stop() { account.stop() }

  /// The programs count no event twice: what stands in the histograms is what they saw,
  /// but for what a full map kept out. What nobody took is taken now.
  public func ledger() throws -> Ledger {
    _ = try take()
    var ledger = try account.ledger()
    ledger.seen += taken
    return ledger
  }
}
