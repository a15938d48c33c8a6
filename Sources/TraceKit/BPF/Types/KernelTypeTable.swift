import Glibc

/// The running kernel's types with an index, as long as objects are loaded.
///
/// libbpf would read and copy the whole file and search it from the start for
/// each name, once for each object; that is most of a tool's start.
@safe final class KernelTypeTable {
  let types: BTFReader
  /// The module whose types follow the kernel's; nil: none.
  let module: String?
  /// Where the types of the module begin.
  private let moduleStart: Int
  /// Where the first of each ``BTFReader/stride`` types stands.
  private var offsets: [Int32] = []
  private let memory: UnsafeMutableRawPointer
  private let size: Int

  /// The table of this process, made when it is first asked for.
  nonisolated(unsafe) private static var shared: KernelTypeTable?
  /// Those that have the types of a module too, by its name.
  nonisolated(unsafe) private static var ofModules: [String: KernelTypeTable] = [:]

  static func current() -> KernelTypeTable? {
    if unsafe shared == nil { unsafe shared = KernelTypeTable(path: KernelFeatures.typesPath) }
    return unsafe shared
  }

  /// - Parameter module: whose types are to follow the kernel's; nil: no module's.
  /// - Returns: nil where the kernel or the module has no types.
  static func current(module: String?) -> KernelTypeTable? {
    guard let module else { return current() }
    if let known = unsafe ofModules[module] { return known }
    guard let kernel = current(), let bytes = ModuleTypes.bytes(of: module) else { return nil }
    let made = KernelTypeTable(kernel, module: module, types: bytes)
    unsafe ofModules[module] = made
    return made
  }

  /// Gives the memory back.
  static func release() {
    unsafe shared = nil
    unsafe ofModules = [:]
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
    module = nil
    moduleStart = types.typesSize
  }

  /// The kernel's types, followed by those of a module.
  ///
  /// - Parameter bytes: the module's BTF. Where it makes no sense, there is no table.
  init?(_ kernel: KernelTypeTable, module: String, types bytes: [UInt8]) {
    let joined = unsafe bytes.withUnsafeBytes { bytes -> UnsafeMutableRawBufferPointer? in
      guard let own = unsafe BTFReader(bytes, after: kernel.types) else { return nil }
      let size = kernel.types.joinedSize(own)
      guard let room = unsafe Self.room(size) else { return nil }
      let all = unsafe UnsafeMutableRawBufferPointer(start: room, count: size)
      unsafe kernel.types.join(own, into: all)
      return unsafe all
    }
    guard let joined = unsafe joined, let start = joined.baseAddress else { return nil }
    guard let types = unsafe BTFReader(UnsafeRawBufferPointer(joined)) else {
      unsafe munmap(start, joined.count)
      return nil
    }
    unsafe memory = start
    size = joined.count
    self.types = types
    self.module = module
    moduleStart = kernel.types.typesSize
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
    guard let pages = unsafe room(size) else { return nil }
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

  private static func room(_ size: Int) -> UnsafeMutableRawPointer? {
    // All pages at once cost a third of what they cost one by one.
    let pages = unsafe mmap(
      nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0)
    return unsafe pages == MAP_FAILED ? nil : pages
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
    // The index is made when names are first looked for.
    if offsets.isEmpty { _ = find([], kinds: []) }
    let (place, rest) = Int(id).quotientAndRemainder(dividingBy: BTFReader.stride)
    guard id > 0, place < offsets.count else { return nil }
    // Void takes a number, but no room.
    return types.offset(after: Int(offsets[place]), types: place == 0 ? rest - 1 : rest)
  }

  func header(of id: UInt32) -> BTFReader.TypeHeader? {
    offset(of: id).map(types.header(at:))
  }

  /// Whether a type is of the module, and not the kernel's.
  func isOfModule(_ id: UInt32) -> Bool { offset(of: id).map { $0 >= moduleStart } ?? false }
}
