import Glibc

/// Waits for what can happen in a run: events, a signal, a deadline, a reader
/// that goes away.
final class RunLoop {
  /// Why a wait ended.
  enum Wake {
    case ready
    /// A signal came, or the traced command has ended.
    case ended
    case outputClosed
  }

  private let output: Output
  private var descriptors: [pollfd]

  /// - Parameters:
  ///   - events: becomes readable when there are events.
  ///   - ended: becomes readable when the traced command has ended.
  init(output: Output, events: Int32? = nil, ended: Int32? = nil) {
    self.output = output
    output.interruption = Signals.descriptor
    descriptors = [
      pollfd(fd: Signals.descriptor, events: Int16(POLLIN), revents: 0),
      // Errors and hang-ups are always reported.
      pollfd(fd: output.descriptor, events: 0, revents: 0),
      pollfd(fd: events ?? -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: ended ?? -1, events: Int16(POLLIN), revents: 0),
    ]
  }

  /// Waits at most until a time of the kernel's clock.
  func wait(until deadline: UInt64?) -> Wake {
    if output.isInterrupted { return .ended }
    var timeout: Int32 = -1
    if let deadline {
      let now = EventClock.now
      let left = deadline > now ? deadline - now : 0
      timeout = Int32(clamping: (left + 999_999) / 1_000_000)
    }
    guard poll(&descriptors, nfds_t(descriptors.count), timeout) > 0 else { return .ready }
    if descriptors[0].revents != 0 || descriptors[3].revents != 0 { return .ended }
    return descriptors[1].revents != 0 ? .outputClosed : .ready
  }
}

/// The earliest of some times.
func earliest(_ times: UInt64?...) -> UInt64? {
  times.compactMap { $0 }.min()
}

/// A time this many seconds after another, on the kernel's clock.
func time(_ start: UInt64, plus seconds: Double) -> UInt64 {
  start + UInt64(seconds * 1e9)
}
