import CLibbpf
import Glibc

/// The memory of a ring buffer, made while something else is got ready: the kernel clears
/// each of its pages.
public final class RingAhead {
  private let errand: Errand
  private let made: Made
  private let bytes: Int

  nonisolated(unsafe) private static var prepared: RingAhead?

  /// What the threads fill in.
  private final class Made {
    var descriptor: Int32 = -1

    func make(bytes: Int) {
      descriptor = unsafe bpf_map_create(
        BPF_MAP_TYPE_RINGBUF, "events", 0, 0, UInt32(clamping: bytes), nil)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
  }

  private init(_ errand: Errand, _ made: Made, bytes: Int) {
    self.errand = errand
    self.made = made
    self.bytes = bytes
  }

  /// The ring buffer of so many bytes that was prepared, or else a new one.
  ///
  /// - Parameter bytes: a power of two, of at least a page.
  public static func take(bytes: Int) -> RingAhead {
    defer { unsafe prepared = nil }
    if let prepared = unsafe prepared, prepared.bytes == bytes { return prepared }
    let made = Made()
    return RingAhead(Errand { made.make(bytes: bytes) }, made, bytes: bytes)
  }

  /// The work of preparing one, and what makes it known under its errand.
  static func prepare(bytes: Int) -> (work: () -> Void, known: (Errand) -> Void) {
    let made = Made()
    return (
      { made.make(bytes: bytes) },
      { unsafe prepared = RingAhead($0, made, bytes: bytes) }
    )
  }

  /// The map, which goes with this object; nil where it could not be made.
  var descriptor: Int32? {
    errand.wait()
    return made.descriptor >= 0 ? made.descriptor : nil
  }
}
