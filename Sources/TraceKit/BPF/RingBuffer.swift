import CLibbpf
import Glibc

/// The reader's end of a BPF ring buffer.
///
/// The kernel's memory is read in place (`kernel/bpf/ringbuf.c`): a page with
/// the reader's position that this side writes, a page with the writers'
/// position, and the data mapped twice in a row so that a record is never
/// split.
@safe public struct RingBuffer: ~Copyable {
  /// Becomes readable when a program asks for a wake-up.
  public let descriptor: Int32
  /// Bytes of data that it holds.
  public let capacity: Int
  private let consumer: UnsafeMutableRawPointer
  private let producer: UnsafeRawPointer
  private let data: UnsafeRawPointer
  private let pageSize: Int
  private let object: LoadedObject

  private static let busy: UInt32 = 1 << 31
  private static let discarded: UInt32 = 1 << 30
  private static let headerSize = 8
  /// The position is given back to the writers after so many bytes: for each
  /// record it would make them fetch the line each time.
  private static let giveBack: UInt = 16 * 1024

  public init(_ name: String, in object: LoadedObject) throws(BPFError) {
    let handle = try object.map(name, keySize: nil, valueSize: nil)
    let pageSize = sysconf(Int32(_SC_PAGESIZE))
    let size = pageSize + 2 * handle.maxEntries
    let shared = unsafe mmap(
      nil, pageSize, PROT_READ | PROT_WRITE, MAP_SHARED, handle.descriptor, 0)
    guard let shared = unsafe shared, unsafe shared != MAP_FAILED else {
      throw handle.failure(.readMap)
    }
    let rest = unsafe mmap(nil, size, PROT_READ, MAP_SHARED, handle.descriptor, pageSize)
    guard let rest = unsafe rest, unsafe rest != MAP_FAILED else {
      let error = handle.failure(.readMap)
      unsafe munmap(shared, pageSize)
      throw error
    }
    self.object = object
    self.pageSize = pageSize
    descriptor = handle.descriptor
    capacity = handle.maxEntries
    unsafe consumer = shared
    unsafe producer = UnsafeRawPointer(rest)
    unsafe data = UnsafeRawPointer(rest + pageSize)
  }

  deinit {
    unsafe munmap(consumer, pageSize)
    unsafe munmap(UnsafeMutableRawPointer(mutating: producer), pageSize + 2 * capacity)
  }

  public var isEmpty: Bool {
    unsafe shim_load_acquire(consumer) == shim_load_acquire(producer)
  }

  /// Hands each record that is there to `body`, in the order in which the
  /// programs reserved them, and frees its room.
  ///
  /// - Parameters:
  ///   - limit: stop after so many records.
  ///   - body: gets the record's bytes, valid during the call only, aligned to
  ///     eight bytes, and returns whether to go on.
  /// - Returns: how many records were handed out.
  public func drain(
    limit: Int = .max, _ body: (RawSpan) throws -> Bool
  ) rethrows -> Int {
    var count = 0
    var position = unsafe shim_load_acquire(consumer)
    var givenBack = position
    defer { unsafe shim_store_release(consumer, position) }
    var goesOn = true
    while goesOn, count < limit {
      let end = unsafe shim_load_acquire(producer)
      guard position < end else { break }
      while goesOn, position < end, count < limit {
        let record = unsafe data + Int(position & UInt(capacity - 1))
        let header = unsafe shim_load_acquire_32(record)
        if header & Self.busy != 0 { return count }
        let length = Int(header & ~Self.discarded)
        position += UInt((length + Self.headerSize + 7) & ~7)
        if header & Self.discarded == 0 {
          count += 1
          let bytes = unsafe UnsafeRawBufferPointer(
            start: record + Self.headerSize, count: length)
          goesOn = try unsafe body(bytes.bytes)
        }
        if position - givenBack > Self.giveBack {
          unsafe shim_store_release(consumer, position)
          givenBack = position
        }
      }
    }
    return count
  }
}
