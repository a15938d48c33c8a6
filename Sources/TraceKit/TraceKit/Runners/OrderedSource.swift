/// Decides which events are shown, and when.
public protocol EventOrder: AnyObject {
  /// Takes an event; what is to be shown is then among ``next()``.
  func take(_ event: RawSpan)
  /// The next event to show; nil: none is yet.
  func next() -> [UInt8]?
  /// How many events were taken and not shown.
  var withheld: UInt64 { get }
  /// How many of them only because there was no more room to keep them.
  var forgotten: UInt64 { get }
}

/// The events of another source in an order, or some of them.
final class OrderedSource: EventSource {
  private let source: any EventSource
  private let order: any EventOrder

  init(_ source: any EventSource, _ order: any EventOrder) {
    self.source = source
    self.order = order
  }

  var descriptor: Int32? { source.descriptor }
  var isExhausted: Bool { source.isExhausted }

  func drain(_ body: (RawSpan) throws -> Bool) throws -> Int {
    guard try deliver(body) else { return 1 }
    return try source.drain { event in
      order.take(event)
      return try deliver(body)
    }
  }

  /// - Returns: whether to continue.
  private func deliver(_ body: (RawSpan) throws -> Bool) throws -> Bool {
    while let event = order.next() {
      guard try event.withUnsafeBytes({ try body($0.bytes) }) else { return false }
    }
    return true
  }

  func awaitEvent() -> Bool { source.awaitEvent() }

  func ledger() throws -> Ledger {
    var ledger = try source.ledger()
    ledger.seen -= min(order.withheld, ledger.seen)
    ledger.mapFull += order.forgotten
    return ledger
  }

  func stop() { source.stop() }
}
