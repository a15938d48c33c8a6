import Wire

/// What a stack acquired and did not give back yet.
public struct OutstandingRow: SummaryRow {
  /// Who; 0 for the kernel.
  public let pid: UInt32
  public let comm: [UInt8]
  public fileprivate(set) var bytes: UInt64
  public fileprivate(set) var count: UInt64
  /// The time since the oldest was acquired, in nanoseconds; nil where that is not kept.
  public fileprivate(set) var age: UInt64?
  public internal(set) var frames: [Frame] = []
  /// Each by itself, where that is asked for, in the order of their addresses.
  public internal(set) var blocks: [(address: UInt64, size: UInt64)] = []
  /// When it was taken from the programs, on the kernel's clock.
  public let taken: UInt64
}

/// Where a runner takes what is outstanding from: the kernel, or a recording.
protocol OutstandingSource: AnyObject {
  /// Becomes readable when there is something to follow; nil for a recording.
  var descriptor: Int32? { get }
  func follow() throws
  /// What is outstanding now, the most of it first, and how many other events there are.
  func take() throws -> (rows: [OutstandingRow], others: UInt64)
  /// Ends the recording; what is outstanding can still be taken.
  func stop()
  func ledger() throws -> Ledger
}

/// What is outstanding in a session whose object was made with `lib/outstanding.bpf.h`.
final class OutstandingReader: OutstandingSource {
  struct Settings {
    /// Younger ones are left out, in nanoseconds.
    var older: UInt64
    /// The same when the programs are detached.
    var olderAtEnd: UInt64
    var isOfKernel: Bool
    var hasSums: Bool
    var showsBlocks: Bool
    var ordersByCount: Bool
    var limit: Int
    /// What processes that have ended had is of no interest.
    var forgetsEnded: Bool
    /// Stacks that say what other stacks say too.
    var isRepeated: ([Frame]) -> Bool
  }

  private struct Place: Hashable {
    var owner: AddressSpace
    var stack: UInt64
  }

  private let account: KernelAccount
  private let store: StackStore
  private let table: HashMap<outstanding_key, outstanding>
  private let sums: HashMap<outstanding_stack, outstanding_sum>
  private let released: HashMap<outstanding_key, outstanding_part>
  private let settings: Settings
  private var parts = OutstandingParts()
  /// Of processes that may have ended since.
  private var names: [Place: [Frame]] = [:]
  private var told: UInt64 = 0

  init(
    _ session: Session, symbols: Symbolizer, tables: UnwindTables?, settings: Settings
  ) throws(BPFError) {
    account = try KernelAccount(session)
    let object = session.object
    let table = try HashMap<outstanding_key, outstanding>("outstanding", in: object)
    let sums = try HashMap<outstanding_stack, outstanding_sum>("outstanding_sums", in: object)
    (self.table, self.sums) = (table, sums)
    store = try StackStore(
      object, symbols: symbols, tables: tables, skipsTracer: settings.isOfKernel,
      use: .whileKept {
        settings.hasSums
          ? try sums.entries().filter { $0.value.count != 0 }.map(\.key.stack)
          : try table.entries().map(\.value.stack)
      })
    released = try HashMap("outstanding_parts", in: object)
    self.settings = settings
  }

  var descriptor: Int32? { store.descriptor }

  func follow() throws { try store.follow() }

  func stop() { account.stop() }

  func ledger() throws -> Ledger {
    var ledger = try account.ledger()
    ledger.seen += told
    ledger.mapFull += store.missing
    return ledger
  }

  func take() throws -> (rows: [OutstandingRow], others: UInt64) {
    // The stacks of what comes later may be in the set that is not read.
    let now = EventClock.now
    let found = try store.take(whileOpen: account.isOpen) { _ in
      settings.hasSums ? try summed(now) : try gathered(now)
    } named: {
      choose(from: $0)
    }
    told += found.rows.reduce(found.others) { $0 + $1.count }
    return found
  }

  private func summed(_ now: UInt64) throws -> [Place: OutstandingRow] {
    var rows: [Place: OutstandingRow] = [:]
    for (key, sum) in try sums.entries() where sum.count > 0 && sum.bytes >= 0 {
      rows[Place(owner: AddressSpace(key.owner), stack: key.stack)] = OutstandingRow(
        pid: key.owner.pid, comm: Self.comm(sum.comm), bytes: UInt64(sum.bytes),
        count: UInt64(sum.count), taken: now)
    }
    return rows
  }

  private func gathered(_ now: UInt64) throws -> [Place: OutstandingRow] {
    var entries = try table.entries()
    if settings.forgetsEnded { entries = withoutEnded(entries) }
    parts.add(try released.drain())
    let rests = parts.rests(of: entries)
    let older = account.isOpen ? settings.older : settings.olderAtEnd
    var rows: [Place: OutstandingRow] = [:]
    for (key, entry) in entries {
      let age = now > entry.time_ns ? now - entry.time_ns : 0
      guard age >= older, !account.isOpen || now >= entry.time_ns else { continue }
      let size = rests[OutstandingAddress(key)] ?? entry.size
      if size == 0, entry.size > 0 { continue }
      let owner = AddressSpace(
        pid: entry.pid, generation: settings.isOfKernel ? 0 : key.space)
      let place = Place(owner: owner, stack: entry.stack)
      let weight = UInt64(entry.weight)
      // A process chooses its sizes.
      let (bytes, isTooMuch) = size.multipliedReportingOverflow(by: weight)
      rows[
        place,
        default: OutstandingRow(
          pid: entry.pid, comm: Self.comm(entry.comm), bytes: 0, count: 0, age: 0, taken: now)
      ].add(bytes: isTooMuch ? .max : bytes, count: weight, age: age)
      if settings.showsBlocks { rows[place]?.blocks.append((key.address, size)) }
    }
    return rows
  }

  private static func comm(_ characters: some BitwiseCopyable) -> [UInt8] {
    withUnsafeBytes(of: characters) { Array($0.upToNUL) }
  }

  private typealias Entries = [(key: outstanding_key, value: outstanding)]

  /// Entries of processes that live, and have executed no other program since; the programs
  /// forget the rest.
  private func withoutEnded(_ entries: Entries) -> Entries {
    var newest: [UInt32: UInt64] = [:]
    for (key, entry) in entries { newest[entry.pid] = max(newest[entry.pid] ?? 0, key.space) }
    let living = Set(Processes.all())
    return entries.filter { key, entry in
      guard entry.pid != 0, !living.contains(entry.pid) || newest[entry.pid] != key.space
      else { return true }
      table.remove(key)
      return false
    }
  }

  /// Names the stacks that are shown, in their order.
  private func choose(
    from found: [Place: OutstandingRow]
  ) -> (rows: [OutstandingRow], others: UInt64) {
    let order = found.sorted { $0.value.precedes($1.value, byCount: settings.ordersByCount) }
    store.prepareNames(of: order.prefix(settings.limit).map { reference($0.key) })
    var rows: [OutstandingRow] = []
    var others: UInt64 = 0
    for (place, row) in order {
      guard rows.count < settings.limit else {
        others += row.count
        continue
      }
      var row = row
      row.frames = frames(of: place)
      if settings.isRepeated(row.frames) { continue }
      row.blocks.sort { $0.address < $1.address }
      rows.append(row)
    }
    let shown = Set(order.prefix(rows.count).map(\.key))
    names = names.filter { shown.contains($0.key) }
    return (rows, others)
  }

  private func reference(_ place: Place) -> StackReference {
    if settings.isOfKernel { return StackReference(kernel: place.stack) }
    return StackReference(
      place.stack,
      of: stack_owner(generation: place.owner.generation, pid: place.owner.pid, padding: 0))
  }

  private func frames(of place: Place) -> [Frame] {
    let frames = store.frames(of: reference(place))
    if frames.isEmpty, let known = names[place] { return known }
    if !settings.isOfKernel { names[place] = frames }
    return frames
  }
}

extension OutstandingRow {
  /// Whether it has more than another one.
  func precedes(_ other: OutstandingRow, byCount: Bool) -> Bool {
    byCount
      ? (count, bytes) > (other.count, other.bytes) : (bytes, count) > (other.bytes, other.count)
  }

  fileprivate mutating func add(bytes: UInt64, count: UInt64, age: UInt64) {
    let sum = self.bytes.addingReportingOverflow(bytes)
    self.bytes = sum.overflow ? .max : sum.partialValue
    self.count += count
    self.age = max(self.age ?? 0, age)
  }

  /// For a flame graph: what is counted are bytes.
  var sample: StackSample {
    StackSample(
      side: StackSide(
        pid: pid, tid: 0, comm: comm, kernel: frames.filter(\.isKernel),
        user: frames.filter { !$0.isKernel }),
      count: bytes, taken: taken)
  }
}
