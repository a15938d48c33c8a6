import CLinux

/// Where a runner gets its events from: the kernel, or a recording.
public protocol EventSource: AnyObject {
  /// Becomes readable when there are events; nil for a recording.
  var descriptor: Int32? { get }
  /// A recording has an end.
  var isExhausted: Bool { get }
  /// Passes the available events to `body`, which returns whether to continue.
  func drain(_ body: (RawSpan) throws -> Bool) throws -> Int
  /// Asks to be woken by the next event.
  ///
  /// - Returns: false where there is one already.
  func awaitEvent() -> Bool
  /// The source's part of the account.
  func ledger() throws -> Ledger
  /// Ends the supply; what was supplied can still be drained.
  func stop()
}

/// The events of a session's ring buffers, in the order of their times.
public final class RingSource: EventSource {
  private let account: KernelAccount
  private let supply: Supply
  private let readerSleeps: SharedVariable<UInt32>

  private enum Supply {
    /// All events are in one, in the order in which the programs reserved their room.
    case one(RingBuffer)
    case several(EventMerge<RingBuffer>, readable: OwnedDescriptor)
  }

  /// - Throws: `BPFError` if the object was not built with
  ///   `lib/events.bpf.h`.
  public init(_ session: Session) throws(BPFError) {
    let account = try KernelAccount(session)
    let rings = try RingBuffer.all(of: session.object)
    self.account = account
    if rings.count == 1 {
      supply = .one(rings[0])
    } else {
      supply = .several(
        EventMerge(rings, now: { EventClock.now }, begun: account.begun),
        readable: try Self.readable(rings))
    }
    readerSleeps = try session.object.variable("reader_sleeps", as: UInt32.self)
  }

  /// What becomes readable when one of them does.
  private static func readable(_ rings: [RingBuffer]) throws(BPFError) -> OwnedDescriptor {
    let descriptors = rings.map(\.descriptor)
    guard let all = OwnedDescriptor(linux_watch_all(descriptors, Int32(descriptors.count))) else {
      throw BPFError(.readMap, "events", errno: .current)
    }
    return all
  }

  public var descriptor: Int32? {
    switch supply {
    case .one(let ring): ring.descriptor
    case .several(_, let readable): readable.number
    }
  }

  public var isExhausted: Bool { !account.isOpen }

  public func drain(_ body: (RawSpan) throws -> Bool) throws -> Int {
    switch supply {
    case .one(let ring): try ring.drain(body)
    case .several(let merge, _): try merge.drain(isLast: !account.isOpen, body)
    }
  }

  public func awaitEvent() -> Bool {
    readerSleeps.storeOrdered(1)
    guard isEmpty else {
      readerSleeps.value = 0
      return false
    }
    return true
  }

  private var isEmpty: Bool {
    switch supply {
    case .one(let ring): ring.isEmpty
    case .several(let merge, _): merge.isEmpty
    }
  }

  public func ledger() throws -> Ledger { try account.ledger() }

  public func stop() { account.stop() }
}

/// Events that were recorded, for tests and for replay.
public final class RecordedSource: EventSource {
  private var events: ArraySlice<[UInt8]>
  private let seen: Int

  /// - Parameter events: the bytes of each event.
  public init(_ events: [[UInt8]]) {
    self.events = events[...]
    seen = events.count
  }

  public var descriptor: Int32? { nil }
  public var isExhausted: Bool { events.isEmpty }

  public func drain(_ body: (RawSpan) throws -> Bool) throws -> Int {
    var count = 0
    while let event = events.popFirst() {
      count += 1
      guard try event.withUnsafeBytes({ try body($0.bytes) }) else { break }
    }
    return count
  }

  public func awaitEvent() -> Bool { events.isEmpty }

  public func ledger() -> Ledger {
    var sum = Ledger()
    sum.seen = UInt64(seen)
    return sum
  }

  public func stop() {}
}
