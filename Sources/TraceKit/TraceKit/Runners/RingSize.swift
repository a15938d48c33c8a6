import Glibc

/// How large the ring buffers are, and how many.
enum RingSize {
  /// The reader is woken when this fraction of the buffer is full, given as its denominator.
  /// It then has the time in which the rest fills.
  static let wakeupShare = 8

  /// After how many of its own bytes a CPU looks whether a buffer is full to that mark: a power
  /// of two. What all CPUs of a buffer write meanwhile is at most an eighth of the mark.
  static func wakeupStep(
    of room: RingRoom, processors: Int = sysconf(Int32(_SC_NPROCESSORS_ONLN))
  ) -> UInt32 {
    let sharing = (max(processors, 1) + room.count - 1) / room.count
    return UInt32(powerOfTwo(upTo: room.bytesEach / wakeupShare / 8 / sharing))
  }

  private static let perCPU = 8 << 20
  private static let bounds = 1 << 20...32 << 20
  /// The largest fraction of the machine's memory, as its denominator.
  private static let memoryShare = 256

  /// A ring buffer holds the greatest event, of some 64 KB, and more than one.
  private static let leastEach = 256 << 10

  /// - Parameter bytes: of all together; nil: what suits this machine.
  static func room(asked bytes: Int?) -> RingRoom {
    room(bytes: self.bytes(asked: bytes), processors: sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  }

  /// One for each CPU, or for the same number of CPUs each.
  static func room(bytes: Int, processors: Int) -> RingRoom {
    var count = 1
    let most = min(processors, RingRoom.mostCount, bytes / leastEach)
    while count < most { count *= 2 }
    return RingRoom(bytes: bytes, count: count)
  }

  /// At least what was asked for, as the power of two that the kernel wants.
  static func bytes(asked: Int?) -> Int {
    asked.map(powerOfTwo(from:)) ?? standard
  }

  /// For this machine.
  static let standard = standard(
    processors: sysconf(Int32(_SC_NPROCESSORS_ONLN)),
    memory: sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)))

  /// For a machine: each CPU can fill its part while the reader waits for its
  /// turn, and the buffer is memory that nothing else can have.
  static func standard(processors: Int, memory: Int) -> Int {
    let wanted = powerOfTwo(from: max(processors, 1) * perCPU)
    // The greatest power of two that is not above the share.
    let share = powerOfTwo(from: memory / memoryShare / 2 + 1)
    return min(max(min(wanted, share), bounds.lowerBound), bounds.upperBound)
  }

  private static func powerOfTwo(upTo most: Int) -> Int {
    var size = 1
    while size * 2 <= most { size *= 2 }
    return size
  }

  private static func powerOfTwo(from least: Int) -> Int {
    var size = 4096
    while size < least { size *= 2 }
    return size
  }
}
