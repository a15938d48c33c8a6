import CLibbpf
import Glibc

/// The part of a ring buffer's data that is mapped, which moves on with the reader.
///
/// The kernel has the data twice in a row (`kernel/bpf/ringbuf.c`), so that a record is
/// never split. Mapped as a whole they would count twice as memory of this process.
@safe struct RingWindow: ~Copyable {
  private var mapping: Mapping
  /// Where the window begins, in the data.
  private var start = 0
  private let descriptor: Int32
  private let capacity: Int
  private let pageSize: Int

  private let size: Int

  /// Moving it costs some 20 microseconds; this many bytes are some thousand events.
  static let usualSize = 128 * 1024
  /// In front of the data lie a page of the reader's and one of the writers'.
  private static let pagesBefore = 2

  /// - Parameter size: how much is mapped, a multiple of a page.
  init?(of descriptor: Int32, capacity: Int, size: Int) {
    pageSize = sysconf(Int32(_SC_PAGESIZE))
    self.descriptor = descriptor
    self.capacity = capacity
    self.size = size
    guard
      let mapping = Mapping(
        of: descriptor, from: Self.pagesBefore * pageSize, length: min(2 * capacity, size),
        isWritable: false)
    else { return nil }
    self.mapping = mapping
  }

  /// The bytes of the data from a place on.
  ///
  /// - Returns: nil where the window must move and cannot.
  @inline(__always)
  @unsafe mutating func bytes(at offset: Int, count: Int) -> UnsafeRawPointer? {
    if offset < start || offset + count > start + mapping.length {
      guard move(to: offset, atLeast: count) else { return nil }
    }
    return unsafe UnsafeRawPointer(mapping.start + (offset - start))
  }

  private mutating func move(to offset: Int, atLeast count: Int) -> Bool {
    let first = offset & ~(pageSize - 1)
    let needed = (offset + count - first + pageSize - 1) & ~(pageSize - 1)
    guard
      let moved = Mapping(
        of: descriptor, from: Self.pagesBefore * pageSize + first,
        length: min(max(needed, size), 2 * capacity - first), isWritable: false)
    else { return false }
    mapping = moved
    start = first
    return true
  }
}
