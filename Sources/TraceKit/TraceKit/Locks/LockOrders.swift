import Wire

/// The graph of all orders: locks, and edges from what is held to what is asked for.
public final class LockOrders {
  private(set) var orders: [LockOrder] = []
  private var edges: [Lock: [Int]] = [:]
  public private(set) var cycleCount: UInt32 = 0
  /// Orders for which the search for a cycle was ended.
  private(set) var unsearched: UInt64 = 0

  /// Edges that are followed for one order at most.
  private static let steps = 100_000

  var lockCount: Int { Set(orders.flatMap { [$0.held.lock, $0.wanted.lock] }).count }

  /// - Returns: the shortest cycle that an order closes, which begins with it; nil: none.
  func add(_ order: LockOrder) -> [Int]? {
    orders.append(order)
    edges[order.held.lock, default: []].append(orders.count - 1)
    guard let cycle = cycle(from: orders.count - 1) else { return nil }
    cycleCount += 1
    return cycle
  }

  private func cycle(from first: Int) -> [Int]? {
    // By the edge that it is reached by, since that says who can wait for whom.
    var before: [Int: Int] = [first: first]
    var reached = [first]
    var steps = 0
    var index = 0
    while index < reached.count {
      let last = reached[index]
      index += 1
      for next in edges[orders[last].wanted.lock] ?? []
      where orders[last].canWait(for: orders[next]) {
        steps += 1
        guard steps < Self.steps else {
          unsearched += 1
          return nil
        }
        if next == first { return path(to: last, from: first, before) }
        if before[next] == nil {
          before[next] = last
          reached.append(next)
        }
      }
    }
    return nil
  }

  private func path(to last: Int, from first: Int, _ before: [Int: Int]) -> [Int] {
    var path = [last]
    while let place = path.last, place != first, let previous = before[place] {
      path.append(previous)
    }
    return path.reversed()
  }

  public init() {}

  /// Writes it as other programs read graphs: nodes, and links between their numbers.
  public func write(to out: OutputBuffer) {
    var numbers: [Lock: Int] = [:]
    out.append("{\"directed\": true, \"multigraph\": true, \"graph\": {}, \"nodes\": [")
    for lock in orders.flatMap({ [$0.held.lock, $0.wanted.lock] }) where numbers[lock] == nil {
      out.append(numbers.isEmpty ? "\n" : ",\n")
      out.append("{\"id\": \(lock.number), \"generation\": \(lock.generation)}")
      numbers[lock] = numbers.count
    }
    out.append("\n], \"links\": [")
    for (index, order) in orders.enumerated() {
      out.append(index == 0 ? "\n" : ",\n")
      let numbers: [(String, UInt64)] = [
        ("source", UInt64(numbers[order.held.lock] ?? 0)),
        ("target", UInt64(numbers[order.wanted.lock] ?? 0)), ("thread_pid", UInt64(order.tid)),
        ("first_mutex_stack_id", order.event.held_stack),
        ("second_mutex_stack_id", order.event.wanted_stack),
      ]
      for (place, (name, number)) in numbers.enumerated() {
        out.append("\(place == 0 ? "{" : ", ")\"\(name)\": \(number)")
      }
      out.append(", \"thread_comm\": ")
      withUnsafeBytes(of: order.event.header.comm) { _ = out.append(jsonString: $0.upToNUL) }
      out.append("}")
    }
    out.append("\n]}\n")
  }
}
