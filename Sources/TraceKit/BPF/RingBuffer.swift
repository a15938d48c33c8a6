import CLibbpf
import Glibc

/// The reader's end of a BPF ring buffer.
///
/// The kernel's memory is read in place (`kernel/bpf/ringbuf.c`): a page with
/// the reader's position that this side writes, a page with the writers'
/// position, and the data.
@safe public final class RingBuffer {
  /// Becomes readable when a program asks for a wake-up.
  public let descriptor: Int32
  /// Bytes of data that it holds.
  public let capacity: Int
  private let consumer: Mapping
  private let producer: Mapping
  // The check of exclusive access would be made for each record.
  @exclusivity(unchecked) private var window: RingWindow
  private let name: String
  /// Keeps the map alive.
  private let owner: AnyObject

  private static let busy: UInt32 = 1 << 31
  private static let discarded: UInt32 = 1 << 30
  private static let headerSize = 8
  /// The position is returned to the writers after this many bytes: for each
  /// record it would make them fetch the line each time.
  private static let giveBack: UInt = 16 * 1024
  /// What has come meanwhile is left for the next call where it is less than this part of the
  /// room: a reader on the heels of the writers makes them fetch lines for each record.
  private static let laterShare: UInt = 8

  /// - Throws: ``BPFError`` where the object has no such map or it cannot be mapped.
  public convenience init(_ name: String, in object: LoadedObject) throws(BPFError) {
    try self.init(
      object.map(name, keySize: nil, valueSize: nil).descriptor, name, ownedBy: object)
  }

  /// - Parameter window: how much of the data is mapped at a time.
  init(
    _ descriptor: Int32, _ name: String, ownedBy owner: AnyObject,
    window size: Int = RingWindow.usualSize
  ) throws(BPFError) {
    self.descriptor = descriptor
    self.name = name
    self.owner = owner
    // libbpf knows the size of the map that it was given, in whose place another may have come.
    var info = bpf_map_info()
    var length = UInt32(MemoryLayout<bpf_map_info>.size)
    guard unsafe bpf_obj_get_info_by_fd(descriptor, &info, &length) == 0 else {
      throw BPFError(.readMap, name, errno: .current)
    }
    capacity = Int(info.max_entries)
    let pageSize = sysconf(Int32(_SC_PAGESIZE))
    guard let consumer = Mapping(of: descriptor, length: pageSize, isWritable: true),
      let producer = Mapping(
        of: descriptor, from: pageSize, length: pageSize, isWritable: false),
      let window = RingWindow(of: descriptor, capacity: capacity, size: size)
    else { throw BPFError(.readMap, name, errno: .current) }
    self.consumer = consumer
    self.producer = producer
    self.window = window
  }

  public var isEmpty: Bool {
    unsafe shim_load_acquire(consumer.start) == shim_load_acquire(producer.start)
  }

  /// Whether what waits takes half the room.
  public var isHalfFull: Bool {
    let end = unsafe shim_load_acquire(producer.start)
    return unsafe end - shim_load_acquire(consumer.start) > UInt(capacity / 2)
  }

  /// Passes each available record to `body`, in the order in which the
  /// programs reserved them, and frees its room. Records that come meanwhile are passed on too
  /// where they are many.
  ///
  /// - Parameters:
  ///   - limit: stop after this many records.
  ///   - body: gets the record's bytes, valid during the call only, aligned to
  ///     eight bytes, and returns whether to go on.
  /// - Returns: how many records were handed out.
  /// - Throws: ``BPFError`` where the data cannot be mapped, and what `body` throws.
  public func drain(limit: Int = .max, _ body: (RawSpan) throws -> Bool) throws -> Int {
    var count = 0
    var position = unsafe shim_load_acquire(consumer.start)
    var givenBack = position
    defer { unsafe shim_store_release(consumer.start, position) }
    var goesOn = true
    var least: UInt = 0
    while goesOn, count < limit {
      let end = unsafe shim_load_acquire(producer.start)
      guard end - position > least else { break }
      least = UInt(capacity) / Self.laterShare
      while goesOn, position < end, count < limit {
        let offset = Int(position & UInt(capacity - 1))
        let header = unsafe shim_load_acquire_32(try bytes(at: offset, count: Self.headerSize))
        if header & Self.busy != 0 { return count }
        let length = Int(header & ~Self.discarded)
        position += UInt((length + Self.headerSize + 7) & ~7)
        if header & Self.discarded == 0 {
          count += 1
          let bytes = unsafe UnsafeRawBufferPointer(
            start: try bytes(at: offset + Self.headerSize, count: length), count: length)
          goesOn = try unsafe body(bytes.bytes)
        }
        if position - givenBack > Self.giveBack {
          unsafe shim_store_release(consumer.start, position)
          givenBack = position
        }
      }
    }
    return count
  }

  private func bytes(at offset: Int, count: Int) throws(BPFError) -> UnsafeRawPointer {
    guard let bytes = unsafe window.bytes(at: offset, count: count) else {
      throw BPFError(.readMap, name, errno: .current)
    }
    return unsafe bytes
  }
}
