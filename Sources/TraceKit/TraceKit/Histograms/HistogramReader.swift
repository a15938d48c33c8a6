public import Wire

/// A histogram and what it is of.
public struct KeyedHistogram<Key> {
  /// Nil where one histogram is of all.
  public let key: Key?
  /// The name that the program gave to the key.
  public let label: [UInt8]
  public let histogram: Histogram
  /// The stack in the key, innermost first; nil where stacks are not distinguished.
  public let stack: [Frame]?

  init(key: Key?, label: [UInt8], histogram: Histogram, stack: [Frame]? = nil) {
    self.key = key
    self.label = label
    self.histogram = histogram
    self.stack = stack
  }
}

/// A stack that a program kept by `lib/stack_store.bpf.h`.
public struct StackReference {
  let number: UInt64
  /// Nil of the kernel's.
  let owner: stack_owner?

  /// A user stack.
  public init(_ number: UInt64, of owner: stack_owner) {
    self.number = number
    self.owner = owner
  }

  public init(kernel number: UInt64) {
    self.number = number
    owner = nil
  }
}

/// Where a runner takes its histograms from: the kernel, or a recording.
public protocol HistogramSource<Key>: AnyObject {
  associatedtype Key
  /// Becomes readable when ``follow()`` should be called; nil: never.
  var descriptor: Int32? { get }
  func follow() throws
  /// What was counted since the last time.
  func take() throws -> [KeyedHistogram<Key>]
  /// The same, which can still be taken.
  func counted() throws -> [Histogram]
  /// Ends the counting; what was counted can still be taken.
  func stop()
  func ledger() throws -> Ledger
}

extension HistogramSource {
  public var descriptor: Int32? { nil }
  public func follow() {}
}

/// The histograms of a session whose object was made with
/// `lib/histogram.bpf.h`.
public final class HistogramReader<Key: BitwiseCopyable>: HistogramSource {
  private let account: KernelAccount
  private let sets: AlternateSets
  private let total: PerCPUArray<histogram>
  private let keyed: [HashMap<Key, histogram>]
  private let scale: HistogramScale
  private let stacks: Stacks?
  private var taken: UInt64 = 0

  /// The stacks in the keys.
  struct Stacks {
    let store: StackStore
    let reference: (Key) -> StackReference?
  }

  /// How many keys a map has room for.
  static var room: Int { 10_240 }

  public convenience init(
    _ session: Session, isKeyed: Bool, scale: HistogramScale = .powers
  ) throws(BPFError) {
    try self.init(session, isKeyed: isKeyed, scale: scale, symbols: nil) { _ in nil }
  }

  /// - Parameters:
  ///   - symbols: names the stacks in the keys, where the object was made with
  ///     `lib/stack_store.bpf.h` too, whose variable then says which set is written.
  ///   - use: how long numbers of stacks are used.
  ///   - reference: the stack in a key.
  init(
    _ session: Session, isKeyed: Bool, scale: HistogramScale, symbols: Symbolizer?,
    tables: UnwindTables? = nil, use: StackStore.Use = .always,
    reference: @escaping (Key) -> StackReference?
  ) throws(BPFError) {
    account = try KernelAccount(session)
    let object = session.object
    if let symbols {
      let store = try StackStore(
        object, symbols: symbols, tables: tables, skipsTracer: true,
        use: use)
      stacks = Stacks(store: store, reference: reference)
      sets = store.sets
    } else {
      stacks = nil
      sets = try AlternateSets("histogram_set", in: object)
    }
    total = try PerCPUArray("histogram_total", in: object)
    keyed =
      isKeyed
      ? [
        try HashMap("histograms_even", in: object), try HashMap("histograms_odd", in: object),
      ] : []
    self.scale = scale
  }

  public var descriptor: Int32? { stacks?.store.descriptor }

  public func follow() throws { try stacks?.store.follow() }

  public func take() throws -> [KeyedHistogram<Key>] {
    let histograms: [KeyedHistogram<Key>]
    if let store = stacks?.store {
      histograms = try store.take(
        whileOpen: account.isOpen, counted: { try keyed[$0].drain() }, named: entries)
    } else {
      histograms = try takeSet(Int(sets.turn(whileOpen: account.isOpen)))
    }
    for entry in histograms { taken += entry.histogram.count }
    return histograms
  }

  public func counted() throws -> [Histogram] {
    // One of the two sets is empty.
    let counts =
      keyed.isEmpty
      ? try [0, 1].flatMap { try total.values(at: $0) }
      : try keyed.flatMap { try $0.entries().map(\.value) }
    return counts.map { Histogram($0, scale: scale) }
  }

  private func takeSet(_ full: Int) throws -> [KeyedHistogram<Key>] {
    guard keyed.isEmpty else { return entries(try keyed[full].drain()) }
    var sum = Histogram(scale: scale)
    for counts in try total.values(at: UInt32(full)) { sum.add(counts) }
    try total.clear(at: UInt32(full))
    return [KeyedHistogram(key: nil, label: [], histogram: sum)]
  }

  private func entries(_ found: [(key: Key, value: histogram)]) -> [KeyedHistogram<Key>] {
    if let stacks {
      stacks.store.prepareNames(of: found.compactMap { stacks.reference($0.key) })
    }
    return found.map { key, counts in
      let stack = stacks.flatMap { stacks in
        stacks.reference(key).map(stacks.store.frames)
      }
      return KeyedHistogram(
        key: key, label: withUnsafeBytes(of: counts.label) { Array($0.upToNUL) },
        histogram: Histogram(counts, scale: scale), stack: stack)
    }
  }

  public func stop() { account.stop() }

  /// The programs count no event twice: what stands in the histograms is what they saw,
  /// but for what a full map kept out. What nobody took at the end is taken now.
  public func ledger() throws -> Ledger {
    if !account.isOpen { _ = try take() }
    var ledger = try account.ledger()
    ledger.seen += taken
    ledger.mapFull += stacks?.store.missing ?? 0
    return ledger
  }
}

extension KeyedHistogram {
  /// A text of the key, which is an array of characters of C; empty where there is no key.
  public func keyText<Characters: BitwiseCopyable>(_ characters: (Key) -> Characters) -> String {
    guard let key else { return "" }
    return withUnsafeBytes(of: characters(key)) { String(decoding: $0.upToNUL, as: UTF8.self) }
  }
}
