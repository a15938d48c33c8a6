/// One order of a cycle.
public struct LockOrderRow: SummaryRow {
  public let cycle: UInt32
  /// In the cycle, from 0 on.
  public let place: Int
  public let order: LockOrder
  /// Those of the cycle, each as held by the order of its place.
  public let locks: [LockUse]
  /// The variables that they are, where they are any.
  public let names: [String?]
  /// Where the lock was asked for, innermost first.
  public let stack: [Frame]
  /// Where the one was that is held.
  public let heldStack: [Frame]
  public let birth: Birth?
  /// Of all threads of the cycle, for its last order.
  let births: [(order: LockOrder, birth: Birth?)]
  /// Whether it is told for the first time.
  public let count: UInt64

  /// How a thread was created.
  public struct Birth {
    public let tid: UInt32
    public let comm: String
    public let stack: [Frame]
  }
}

/// The report for a person.
extension LockOrderRow {
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

  public var lines: [String] {
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
