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
    /// A descriptor, or an errno below zero.
    var result: Int32 = 0

    func make(bytes: Int) {
      result = RingAhead.create(bytes: bytes)
    }

    deinit { if result > 0 { close(result) } }
  }

  private static func create(bytes: Int) -> Int32 {
    unsafe bpf_map_create(BPF_MAP_TYPE_RINGBUF, "events", 0, 0, UInt32(clamping: bytes), nil)
  }

  private init(_ errand: Errand, _ made: Made, bytes: Int) {
    self.errand = errand
    self.made = made
    self.bytes = bytes
  }

  /// The prepared ring buffer of this many bytes, or else a new one.
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

  /// The map, which goes with this object, or an errno below zero.
  private var result: Int32 {
    errand.wait()
    return made.result
  }

  // MARK: - In place of a map

  /// A descriptor that libbpf writes into programs, to which the ring buffer is to come.
  nonisolated(unsafe) private static var awaited: (ring: RingAhead, descriptor: Int32)?
  /// Why the ring buffer that was awaited could not be made.
  nonisolated(unsafe) private(set) static var refusal: ErrorNumber?

  /// Has the map of an object be this ring buffer. Where that is not made yet, a small one
  /// stands in its place until the first program is loaded.
  ///
  /// - Parameter mayCome: whether ``arrive()`` will be called for this object.
  /// - Returns: 0, or an errno below zero.
  func replace(_ map: OpaquePointer, mayCome: Bool) -> Int32 {
    if errand.isDone || !mayCome { return unsafe result < 0 ? 0 : bpf_map__reuse_fd(map, result) }
    let small = Self.create(bytes: Int(getpagesize()))
    // Then libbpf makes it, or reports why not.
    guard small >= 0 else { return 0 }
    defer { close(small) }
    let error = unsafe bpf_map__reuse_fd(map, small)
    if error == 0 { unsafe Self.awaited = (self, bpf_map__fd(map)) }
    return error
  }

  /// Puts the ring buffer that is awaited where it belongs.
  ///
  /// - Returns: 0, or an errno below zero.
  static func arrive() -> Int32 {
    guard let (ring, descriptor) = unsafe awaited else { return 0 }
    unsafe awaited = nil
    let result = ring.result
    if result >= 0, dup2(result, descriptor) >= 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) >= 0 {
      return 0
    }
    let error = result < 0 ? ErrorNumber(rawValue: -result) : .current
    unsafe refusal = error
    return -error.rawValue
  }

  /// Nothing is awaited any more: the object is loaded, or given up.
  static func forget() {
    unsafe awaited = nil
    unsafe refusal = nil
  }
}
