import CLibbpf
import Glibc

/// The memory of ring buffers, made while something else is got ready: the kernel clears
/// each of its pages.
public final class RingAhead {
  private let errand: Errand
  private let made: Made
  public let room: RingRoom

  nonisolated(unsafe) private static var prepared: RingAhead?

  /// What the threads fill in.
  private final class Made {
    /// Descriptors, up to an errno below zero where one could not be made.
    var results: [Int32] = []

    func make(_ room: RingRoom) {
      while results.count < room.count, results.last ?? 0 >= 0 {
        results.append(RingAhead.create(results.count, bytes: room.bytesEach))
      }
    }

    deinit { for descriptor in results where descriptor > 0 { close(descriptor) } }
  }

  /// Under the name of the map: libbpf gives a map the name of what it is to reuse.
  private static func create(_ number: Int, bytes: Int) -> Int32 {
    unsafe bpf_map_create(
      BPF_MAP_TYPE_RINGBUF, RingRoom.name(number), 0, 0, UInt32(clamping: bytes), nil)
  }

  private init(_ errand: Errand, _ made: Made, _ room: RingRoom) {
    self.errand = errand
    self.made = made
    self.room = room
  }

  /// The prepared ring buffers, where they have this room, or else new ones.
  public static func take(_ room: RingRoom) -> RingAhead {
    defer { unsafe prepared = nil }
    if let prepared = unsafe prepared, prepared.room == room { return prepared }
    let made = Made()
    return RingAhead(Errand { made.make(room) }, made, room)
  }

  /// The work of preparing them, and what makes them known under its errand.
  static func prepare(_ room: RingRoom) -> (work: () -> Void, known: (Errand) -> Void) {
    let made = Made()
    return ({ made.make(room) }, { unsafe prepared = RingAhead($0, made, room) })
  }

  /// The maps, which go with this object; the last is an errno below zero where it could not
  /// be made.
  private var results: [Int32] {
    errand.wait()
    return made.results
  }

  /// The one of a number, or an errno below zero.
  private func result(_ number: Int) -> Int32 {
    let results = results
    return results[min(number, results.count - 1)]
  }

  // MARK: - In place of a map

  /// Descriptors that libbpf writes into programs, to which ring buffers are to come.
  nonisolated(unsafe) private static var awaited:
    [(rings: RingAhead, number: Int, descriptor: Int32)] = []
  /// Why the ring buffer that was awaited could not be made.
  nonisolated(unsafe) private(set) static var refusal: ErrorNumber?

  /// Has the map of an object be a ring buffer. Where that is not made yet, a small one
  /// stands in its place until the first program is loaded.
  ///
  /// - Parameters:
  ///   - number: which of them.
  ///   - mayCome: whether ``arrive()`` will be called for this object.
  /// - Returns: 0, or an errno below zero.
  func replace(_ map: OpaquePointer, number: Int = 0, mayCome: Bool) -> Int32 {
    if errand.isDone || !mayCome {
      let result = result(number)
      return unsafe result < 0 ? 0 : bpf_map__reuse_fd(map, result)
    }
    let small = Self.create(number, bytes: Int(getpagesize()))
    // Then libbpf makes it, or reports why not.
    guard small >= 0 else { return 0 }
    defer { close(small) }
    let error = unsafe bpf_map__reuse_fd(map, small)
    if error == 0 { unsafe Self.awaited.append((self, number, bpf_map__fd(map))) }
    return error
  }

  /// Puts the ring buffers that are awaited where they belong.
  ///
  /// - Returns: 0, or an errno below zero.
  static func arrive() -> Int32 {
    while let (rings, number, descriptor) = unsafe awaited.popLast() {
      let result = rings.result(number)
      if result >= 0, dup2(result, descriptor) >= 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) >= 0 {
        continue
      }
      let error = result < 0 ? ErrorNumber(rawValue: -result) : .current
      unsafe refusal = error
      return -error.rawValue
    }
    return 0
  }

  /// Nothing is awaited any more: the object is loaded, or given up.
  static func forget() {
    unsafe awaited = []
    unsafe refusal = nil
  }
}
