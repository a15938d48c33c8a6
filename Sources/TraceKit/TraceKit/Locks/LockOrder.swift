import BPF
import Wire

/// A lock as long as it is the same: another can come at its address.
struct Lock: Hashable {
  /// The address space.
  let space: UInt64
  let number: UInt64
  let generation: UInt32

  var address: String { "0x" + String(number, radix: 16) }
}

/// How a lock takes part in an order.
public struct LockUse {
  let lock: Lock
  /// For reading.
  public let isShared: Bool

  public var address: String { lock.address }

  init(_ lock: ordered_lock, in space: UInt64) {
    self.lock = Lock(space: space, number: lock.address, generation: lock.generation)
    isShared = lock.shared != 0
  }
}

/// A lock was asked for while another was held.
public struct LockOrder {
  public let held: LockUse
  public let wanted: LockUse
  let event: lock_order_event

  init(_ event: lock_order_event) {
    self.event = event
    held = LockUse(event.order.held, in: event.order.space)
    wanted = LockUse(event.order.wanted, in: event.order.space)
  }

  public var time: UInt64 { event.header.time_ns }
  public var pid: UInt32 { event.header.pid }
  public var tid: UInt32 { event.header.tid }
  public var comm: String {
    withUnsafeBytes(of: event.header.comm) { String(decoding: $0.upToNUL, as: UTF8.self) }
  }

  /// Whether who waits for this waits for who holds the other: two readers do not.
  func canWait(for next: LockOrder) -> Bool { !wanted.isShared || !next.held.isShared }
}
