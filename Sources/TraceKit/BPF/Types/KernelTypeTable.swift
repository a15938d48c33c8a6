import Glibc

/// The running kernel's types with an index, as long as objects are loaded.
///
/// libbpf would read and copy the whole file and search it from the start for
/// each name, once for each object; that is most of a tool's start.
@safe final class KernelTypeTable {
  let types: BTFReader
  /// Where the first of each ``BTFReader/stride`` types stands.
  private var offsets: [Int32] = []
  private let memory: UnsafeMutableRawPointer
  private let size: Int

  /// The table of this process, made when it is first asked for.
  nonisolated(unsafe) private static var shared: KernelTypeTable?

  static func current() -> KernelTypeTable? {
    if unsafe shared == nil { unsafe shared = KernelTypeTable(path: KernelFeatures.typesPath) }
    return unsafe shared
  }

  /// Gives the memory back.
  static func release() {
    unsafe shared = nil
  }

  /// - Parameter path: the kernel's own types, or a file with those of the same kernel.
  init?(path: String) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_size > 0 else { return nil }
    size = Int(status.st_size)
    guard let room = unsafe Self.map(descriptor, size) ?? Self.copy(descriptor, size) else {
      return nil
    }
    guard let types = unsafe BTFReader(UnsafeRawBufferPointer(start: room, count: size)) else {
      unsafe munmap(room, size)
      return nil
    }
    unsafe memory = room
    self.types = types
  }

  deinit {
    unsafe munmap(memory, size)
  }

  /// New kernels lend their own pages.
  private static func map(_ descriptor: Int32, _ size: Int) -> UnsafeMutableRawPointer? {
    let pages = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, descriptor, 0)
    return unsafe pages == MAP_FAILED ? nil : pages
  }

  private static func copy(_ descriptor: Int32, _ size: Int) -> UnsafeMutableRawPointer? {
    // All pages at once cost a third of what they cost one by one.
    let pages = unsafe mmap(
      nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0)
    guard let pages = unsafe pages, unsafe pages != MAP_FAILED else { return nil }
    var filled = 0
    while filled < size {
      let count = unsafe read(descriptor, pages + filled, size - filled)
      guard count > 0 else {
        unsafe munmap(pages, size)
        return nil
      }
      filled += count
    }
    return unsafe pages
  }

  /// The numbers of the types that have one of these names, each with its name.
  ///
  /// - Parameter kinds: of these kinds only.
  func find(_ names: Set<String>, kinds: Set<BTFReader.Kind>) -> [(name: String, id: UInt32)] {
    let hashes = Set(names.map { BTFReader.hash(of: $0.utf8) })
    let kindMask = kinds.reduce(0) { $0 | 1 << $1.rawValue } as UInt32
    let candidates = types.search(
      kinds: kindMask, hints: names.map(BTFReader.hint(of:)),
      index: offsets.isEmpty ? { self.offsets = $0 } : nil)
    var found: [(name: String, id: UInt32)] = []
    for id in candidates {
      // All tracepoints begin alike.
      guard let header = header(of: id), hashes.contains(types.nameHash(at: header.nameOffset))
      else { continue }
      let name = types.name(at: header.nameOffset)
      if names.contains(name) { found.append((name, id)) }
    }
    return found
  }

  func offset(of id: UInt32) -> Int? {
    let (place, rest) = Int(id).quotientAndRemainder(dividingBy: BTFReader.stride)
    guard id > 0, place < offsets.count else { return nil }
    // Void takes a number, but no room.
    return types.offset(after: Int(offsets[place]), types: place == 0 ? rest - 1 : rest)
  }

  func header(of id: UInt32) -> BTFReader.TypeHeader? {
    offset(of: id).map(types.header(at:))
  }
}
