import Wire

/// What an event of a call has for its values, wherever the event has it.
public protocol SnoopedEvent: EventLayout {
  /// The number of the function.
  var call: UInt32 { get }
  var is_return: UInt8 { get }
  /// Whether it passed its predicates.
  var is_shown: UInt8 { get }
  /// A bit for each result of which what it leads to could not be copied.
  var failed: UInt16 { get }
  associatedtype Results: BitwiseCopyable
  /// The results as an array of C, of a text its length with the NUL or a negative errno.
  var values: Results { get }
}

extension SnoopedEvent {
  var isReturn: Bool { is_return != 0 }
  var isShown: Bool { is_shown != 0 }
  func hasFailed(_ index: Int) -> Bool { index < 16 && failed >> UInt16(index) & 1 != 0 }
  func result(_ index: Int) -> Int64 { ValueResults.result(index, of: values) }
}

/// Shows the begin of a call only when its return passes too, or calls only where each is
/// called by the one before.
public final class CallOrder<Event: SnoopedEvent & BitwiseCopyable>: EventOrder {
  /// A call that has not returned.
  private struct Frame {
    let call: Int
    /// It passed, and where there is an order, all of its callers did.
    let passes: Bool
    /// All of the order were called.
    var isComplete = false
    /// Its begin, which is shown later.
    var held: [UInt8]?
  }

  private let calls: [SnoopedCalls.Call]
  private let inOrder: Bool
  private var frames: [UInt64: [Frame]] = [:]
  private var heldBytes = 0
  private var ready: [[UInt8]] = []
  /// So many of them were shown.
  private var delivered = 0
  private var taken: UInt64 = 0
  private var shown: UInt64 = 0
  public private(set) var forgotten: UInt64 = 0

  private static var mostFrames: Int { 64 }
  private static var mostTasks: Int { 8192 }
  private static var mostBytes: Int { 32 << 20 }

  /// - Returns: nil where each event is shown as it comes.
  public init?(_ calls: SnoopedCalls) {
    guard calls.calls.contains(where: \.tellsAll) else { return nil }
    self.calls = calls.calls
    inOrder = calls.inOrder
  }

  public var withheld: UInt64 { taken - shown }

  public func next() -> [UInt8]? {
    guard delivered < ready.count else {
      ready.removeAll(keepingCapacity: true)
      delivered = 0
      return nil
    }
    defer { delivered += 1 }
    shown += 1
    return ready[delivered]
  }

  public func take(_ bytes: RawSpan) {
    taken += 1
    guard bytes.byteCount >= MemoryLayout<Event>.size else { return }
    let event = Record<Event>(bytes).event
    let number = Int(event.call)
    guard calls.indices.contains(number) else { return }
    let all = bytes.withUnsafeBytes { Array($0) }
    guard calls[number].tellsAll else { return ready.append(all) }
    // Each CPU has an idle task, and all have the same number.
    let header = event.header
    let task = header.tid == 0 ? 1 << 32 | UInt64(header.cpu) : UInt64(header.tid)
    var stack = frames.removeValue(forKey: task) ?? []
    if event.isReturn {
      returns(number, event.isShown, all, from: &stack)
    } else {
      begins(number, event.isShown, all, on: &stack)
    }
    if stack.count > Self.mostFrames { forget(&stack) }
    if !stack.isEmpty { frames[task] = stack }
    if frames.count > Self.mostTasks || heldBytes > Self.mostBytes {
      for key in Array(frames.keys) { forget(&frames[key, default: []]) }
      frames.removeAll()
    }
  }

  private func forget(_ stack: inout [Frame]) {
    for frame in stack {
      heldBytes -= frame.held?.count ?? 0
      forgotten += frame.held == nil ? 0 : 1
    }
    stack.removeAll()
  }

  private func begins(_ call: Int, _ isShown: Bool, _ event: [UInt8], on stack: inout [Frame]) {
    let passes = isShown || calls[call].begin == nil
    let isExpected =
      !inOrder || call == 0 || stack.last.map { $0.call == call - 1 && $0.passes } == true
    var frame = Frame(call: call, passes: passes && isExpected)
    let waits = inOrder || calls[call].end?.hasTest == true
    if frame.passes, isShown {
      if waits {
        frame.held = event
        heldBytes += event.count
      } else {
        ready.append(event)
      }
    }
    stack.append(frame)
    guard inOrder, frame.passes, call == calls.count - 1 else { return }
    for index in stack.indices.suffix(calls.count) {
      release(&stack[index])
      stack[index].isComplete = true
    }
  }

  private func returns(_ call: Int, _ isShown: Bool, _ event: [UInt8], from stack: inout [Frame]) {
    guard let place = stack.lastIndex(where: { $0.call == call }) else {
      // It began before the start.
      if !inOrder, isShown, calls[call].begin?.hasTest != true { ready.append(event) }
      return
    }
    // What is above it did not return, or nobody saw it.
    for index in (place + 1)..<max(stack.count, place + 1) { drop(stack[index]) }
    var frame = stack[place]
    stack.removeSubrange(place...)
    let passes = isShown || calls[call].end == nil
    guard frame.passes, passes, !inOrder || frame.isComplete else { return drop(frame) }
    release(&frame)
    if isShown { ready.append(event) }
  }

  private func release(_ frame: inout Frame) {
    guard let event = frame.held else { return }
    heldBytes -= event.count
    frame.held = nil
    ready.append(event)
  }

  private func drop(_ frame: Frame) { heldBytes -= frame.held?.count ?? 0 }
}
