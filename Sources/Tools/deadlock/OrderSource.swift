import BPFObjects
import TraceKit

/// One order of a cycle.
struct OrderRow: SummaryRow {
  let cycle: UInt32
  /// In the cycle, from 0 on.
  let place: Int
  let order: LockOrder
  /// Those of the cycle, each as held by the order of its place.
  let locks: [LockUse]
  /// The variables that they are, where they are any.
  let names: [String?]
  /// Where the lock was asked for, innermost first.
  let stack: [Frame]
  /// Where the one was that is held.
  let heldStack: [Frame]
  let birth: Birth?
  /// Of all threads of the cycle, for its last order.
  let births: [(order: LockOrder, birth: Birth?)]
  /// Whether it is told for the first time.
  let count: UInt64

  /// How a thread was created.
  struct Birth {
    let tid: UInt32
    let comm: String
    let stack: [Frame]
  }
}

/// The orders of locks, of which it shows the cycles when they are closed.
final class OrderSource: SummarySource {
  private let account: KernelAccount
  private let events: RingBuffer
  private let store: StackStore
  private let births: HashMap<UInt32, deadlock_birth>
  private let orders: LockOrders
  private let endsAtFirst: Bool
  private let tellsSize: Bool
  /// The numbers of cycles, and their orders.
  private var closed: [(number: UInt32, orders: [Int])] = []
  private var shown: Set<Int> = []
  private var toldSize = 0
  private var variables: [UInt32: ProcessVariables] = [:]
  private(set) var leftOut: UInt64 = 0

  init(
    _ session: Session, symbols: Symbolizer, orders: LockOrders, endsAtFirst: Bool,
    tellsSize: Bool
  ) throws(BPFError) {
    account = try KernelAccount(session)
    events = try RingBuffer("events", in: session.object)
    store = try StackStore(session.object, symbols: symbols, skipsTracer: false)
    births = try HashMap("thread_births", in: session.object)
    self.orders = orders
    self.endsAtFirst = endsAtFirst
    self.tellsSize = tellsSize
  }

  var descriptor: Int32? { events.descriptor }
  var isAsked: Bool { !closed.isEmpty }
  var isDone: Bool { endsAtFirst && orders.cycleCount > 0 }

  func follow() throws {
    try store.follow()
    _ = try events.drain { bytes in
      if let cycle = orders.add(LockOrder(bytes.unsafeLoadUnaligned(as: deadlock_event.self))),
        !endsAtFirst || orders.cycleCount == 1
      {
        closed.append((orders.cycleCount, cycle))
      }
      return true
    }
  }

  func take() throws -> [OrderRow] {
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
        tell("deadlock: the search for cycles was ended for \(orders.unsearched) orders of locks")
      }
    }
    return taken
  }

  private func rows(
    of cycle: [Int], _ number: UInt32, _ births: [UInt32: deadlock_birth]
  ) -> [OrderRow] {
    let members = cycle.map { orders.orders[$0] }
    let known = members.map { births[$0.event.thread].map(birth) }
    let names = members.map { variables(of: $0.pid).name(of: $0.held.lock.number) }
    var threads: Set<UInt32> = []
    let each = zip(members, known).filter { threads.insert($0.0.event.thread).inserted }
    return cycle.enumerated().map { place, index in
      let order = members[place]
      return OrderRow(
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

  private func birth(_ birth: deadlock_birth) -> OrderRow.Birth {
    OrderRow.Birth(
      tid: birth.tid,
      comm: withUnsafeBytes(of: birth.comm) { String(decoding: $0.upToNUL, as: UTF8.self) },
      stack: store.frames(of: StackReference(birth.stack, of: birth.owner)))
  }

  func stop() { account.stop() }

  func ledger() throws -> Ledger { try account.ledger() }
}

/// The report for a person.
extension OrderRow {
  private func name(_ place: Int) -> String {
    let lock = locks[place % locks.count]
    let digits = String(lock.lock.number, radix: 16)
    let padding = String(repeating: "0", count: 16 - digits.count)
    let variable = names[place % locks.count].map { $0 + " " } ?? ""
    return "Mutex M\(place % locks.count) (\(variable)0x\(padding)\(digits))"
  }

  private static func lines(of stack: [Frame]) -> [String] {
    stack.map { frame in
      let digits = String(frame.address, radix: 16)
      return "@ " + String(repeating: "0", count: 16 - digits.count) + "\(digits) \(frame.name)"
    } + [""]
  }

  var lines: [String] {
    var lines: [String] = []
    if place == 0 {
      let names = (0...locks.count).map(name).joined(separator: " => ")
      lines += [
        "----------------", "Potential Deadlock Detected!", "",
        "Cycle in lock order graph: \(names)", "",
      ]
    }
    let (held, wanted) = (name(place), name(place + 1))
    let thread = "Thread \(order.tid) (\(order.comm))"
    lines.append("\(wanted) acquired here while holding \(held) in \(thread):")
    lines += Self.lines(of: stack)
    lines.append("\(held) previously acquired by the same \(thread) here:")
    lines += Self.lines(of: heldStack)
    for (order, birth) in births {
      if let birth {
        lines.append("Thread \(order.tid) created by Thread \(birth.tid) (\(birth.comm)) here:")
        lines += Self.lines(of: birth.stack)
      } else {
        lines += ["Could not find stack trace where Thread \(order.tid) was created", ""]
      }
    }
    return lines
  }
}
