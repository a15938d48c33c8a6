public import Wire

/// An event as a program wrote it: a fixed part, followed by bytes whose
/// number is in the fixed part.
///
/// It is the bytes alone, so that a generic runner needs not ask for its layout each time.
public struct Record<Event: BitwiseCopyable>: ~Escapable {
  public let bytes: RawSpan

  /// - Parameter bytes: at least the fixed part.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) {
    self.bytes = bytes
  }

  @inlinable public var event: Event { bytes.unsafeLoadUnaligned(as: Event.self) }

  /// The bytes after the fixed part, from an offset on and at most this many.
  public func withTail<Result>(
    from offset: Int = 0, count: Int, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    bytes.withUnsafeBytes { all in
      let start = min(MemoryLayout<Event>.size + offset, all.count)
      let end = min(start + max(count, 0), all.count)
      return body(UnsafeRawBufferPointer(rebasing: all[start..<end]))
    }
  }

  /// Two texts after the fixed part, from an offset on, one after the other. Where fewer
  /// bytes are there than their sizes say, they are as much as there is.
  public func withTexts<Result>(
    from offset: Int = 0, _ first: UInt16, _ second: UInt16,
    _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Result
  ) -> Result {
    withTail(from: offset, count: Int(first) + Int(second)) { both in
      let end = min(Int(first), both.count)
      return body(
        UnsafeRawBufferPointer(rebasing: both[..<end]),
        UnsafeRawBufferPointer(rebasing: both[end...]))
    }
  }
}

extension Record where Event: EventLayout {
  /// What all events begin with. Inlined, a column reads no more than its own field.
  @inline(__always)
  var header: event_header { bytes.unsafeLoadUnaligned(as: event_header.self) }
}

/// A type of C that starts with the header that all events have.
public protocol EventLayout: SendableMetatype {
  var header: event_header { get }
}

/// An event of a tool. Structs of C are copyable bit by bit without saying so,
/// and only their own module could say it.
public typealias TraceEvent = EventLayout & BitwiseCopyable
