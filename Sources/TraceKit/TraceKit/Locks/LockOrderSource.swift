public import BPF
import CLinux
import Wire

/// The orders of locks, of which it shows the cycles when they are closed.
public final class LockOrderSource: SummarySource {
  private let account: KernelAccount
  private let events: RingBuffer
  private let news: OwnedDescriptor
  private let store: StackStore
  private let births: HashMap<UInt32, thread_birth>
  private let orders: LockOrders
  private let endsAtFirst: Bool
  private let tellsSize: Bool
  private let tool: String
  /// The numbers of cycles, and their orders.
  private var closed: [(number: UInt32, orders: [Int])] = []
  private var shown: Set<Int> = []
  private var toldSize = 0
  private var variables: [UInt32: ProcessVariables] = [:]
  public private(set) var leftOut: UInt64 = 0

  public init(
    _ session: Session, stacks: UserStacks, orders: LockOrders, endsAtFirst: Bool,
    tellsSize: Bool
  ) throws(BPFError) {
    account = try KernelAccount(session)
    events = try RingBuffer("events", in: session.object)
    store = try StackStore(
      session.object, symbols: stacks.symbols, tables: stacks.tables, skipsTracer: false,
      use: .always)
    // A process that was started since needs its tables at once.
    guard let news = OwnedDescriptor(linux_watch_all([events.descriptor, store.descriptor], 2))
    else {
      throw BPFError(.readMap, "events", errno: .current)
    }
    self.news = news
    births = try HashMap("thread_births", in: session.object)
    self.orders = orders
    self.endsAtFirst = endsAtFirst
    self.tellsSize = tellsSize
    tool = stacks.tool
  }

  public var descriptor: Int32? { news.number }
  public var isAsked: Bool { !closed.isEmpty }
  public var isDone: Bool { endsAtFirst && orders.cycleCount > 0 }

  public func follow() throws {
    try store.follow()
    _ = try events.drain { bytes in
      if let cycle = orders.add(LockOrder(bytes.unsafeLoadUnaligned(as: lock_order_event.self))),
        !endsAtFirst || orders.cycleCount == 1
      {
        closed.append((orders.cycleCount, cycle))
      }
      return true
    }
  }

  public func take() throws -> [LockOrderRow] {
    try follow()
    if tellsSize, orders.orders.count != toldSize {
      toldSize = orders.orders.count
      tell("Mutexes: \(orders.lockCount), Edges: \(toldSize)")
    }
    let cycles = closed
    closed = []
    let taken = try store.take(whileOpen: account.isOpen) { _ in
      try cycles.isEmpty ? [] : births.entries()
    } named: { births in
      let births = Dictionary(births.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
      return cycles.flatMap { rows(of: $0.orders, $0.number, births) }
    }
    if !account.isOpen {
      leftOut = UInt64(orders.orders.count - shown.count)
      if orders.unsearched > 0 {
        let ended = counted(orders.unsearched, "orders")
        tell("\(tool): the search for cycles was ended for \(ended) of locks")
      }
    }
    return taken
  }

  private func rows(
    of cycle: [Int], _ number: UInt32, _ births: [UInt32: thread_birth]
  ) -> [LockOrderRow] {
    let members = cycle.map { orders.orders[$0] }
    let known = members.map { births[$0.event.thread].map(birth) }
    let names = members.map { variables(of: $0.pid).name(of: $0.held.lock.number) }
    var threads: Set<UInt32> = []
    let each = zip(members, known).filter { threads.insert($0.0.event.thread).inserted }
    return cycle.enumerated().map { place, index in
      let order = members[place]
      return LockOrderRow(
        cycle: number, place: place, order: order, locks: members.map(\.held), names: names,
        stack: frames(order.event.wanted_stack, order),
        heldStack: frames(order.event.held_stack, order), birth: known[place],
        births: place == cycle.count - 1 ? each.map { ($0.0, $0.1) } : [],
        count: shown.insert(index).inserted ? 1 : 0)
    }
  }

  /// Of another program after exec they are those of the first.
  private func variables(of process: UInt32) -> ProcessVariables {
    let known = variables[process] ?? ProcessVariables(of: process)
    if variables.count < 1024 { variables[process] = known }
    return known
  }

  private func frames(_ number: UInt64, _ order: LockOrder) -> [Frame] {
    store.frames(of: StackReference(number, of: order.event.owner))
  }

  private func birth(_ birth: thread_birth) -> LockOrderRow.Birth {
    LockOrderRow.Birth(
      tid: birth.tid,
      comm: withUnsafeBytes(of: birth.comm) { String(decoding: $0.upToNUL, as: UTF8.self) },
      stack: store.frames(of: StackReference(birth.stack, of: birth.owner)))
  }

  public func stop() { account.stop() }

  public func ledger() throws -> Ledger {
    var ledger = try account.ledger()
    ledger.mapFull += store.missing
    return ledger
  }
}
