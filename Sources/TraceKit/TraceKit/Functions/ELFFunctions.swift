import Glibc

/// The functions of a program or library that has the machine's own word size, by its
/// symbol tables (`.symtab` and `.dynsym`; structures of elf.h).
struct ELFFunctions {
  struct Function: Hashable {
    let name: String
    /// Of its first instruction, in the file.
    let offset: UInt64
  }

  /// In the order of their names. One offset can have several names.
  private(set) var functions: [Function] = []
  /// Functions whose code is chosen when the program is loaded (IFUNC).
  private(set) var indirect: Set<String> = []

  private static var classOf64Bits: UInt8 { 2 }
  private static var symbolTables: Set<UInt32> { [2, 11] }
  private static var function: UInt8 { 2 }
  private static var indirectFunction: UInt8 { 10 }

  /// - Returns: nil where the file cannot be read or is no such program.
  init?(path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size >= 64,
      let start = mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0),
      start != MAP_FAILED
    else { return nil }
    defer { munmap(start, Int(status.st_size)) }
    self.init(UnsafeRawBufferPointer(start: start, count: Int(status.st_size)))
  }

  init?(_ file: UnsafeRawBufferPointer) {
    guard file.starts(with: [0x7f, 0x45, 0x4c, 0x46, Self.classOf64Bits]) else { return nil }
    let image = Image(file)
    let sections = image.sections
    let segments = image.segments
    var found: Set<Function> = []
    for section in sections where Self.symbolTables.contains(section.type) {
      guard sections.indices.contains(section.link) else { continue }
      let names = sections[section.link]
      for entry in stride(from: 0, to: section.size - section.size % 24, by: 24) {
        let symbol = section.offset + entry
        guard let info = image.read(symbol + 4, as: UInt8.self),
          info & 0xf == Self.function || info & 0xf == Self.indirectFunction,
          image.read(symbol + 6, as: UInt16.self) ?? 0 != 0,
          let value = image.read(symbol + 8, as: UInt64.self),
          let offset = segments.lazy.compactMap({ $0.offset(of: value) }).first,
          let start = image.read(symbol, as: UInt32.self),
          let name = image.text(names, Int(start)), !name.isEmpty
        else { continue }
        if info & 0xf == Self.function {
          found.insert(Function(name: name, offset: offset))
        } else {
          indirect.insert(name)
        }
      }
    }
    functions = found.sorted { ($0.name, $0.offset) < ($1.name, $1.offset) }
  }

  private struct Section {
    let type: UInt32
    let link: Int
    let offset: Int
    let size: Int
  }

  /// A part of the file that is mapped.
  private struct Segment {
    let address: UInt64
    let start: UInt64
    let size: UInt64

    func offset(of value: UInt64) -> UInt64? {
      value >= address && value - address < size ? value - address &+ start : nil
    }
  }

  /// The bytes, of which none is read beyond the end whatever they say.
  private struct Image {
    let file: UnsafeRawBufferPointer

    init(_ file: UnsafeRawBufferPointer) {
      self.file = file
    }

    func read<Value: BitwiseCopyable & FixedWidthInteger>(
      _ offset: Int, as type: Value.Type
    ) -> Value? {
      guard offset >= 0, offset <= file.count - MemoryLayout<Value>.size else { return nil }
      return file.loadUnaligned(fromByteOffset: offset, as: type)
    }

    private func place(_ offset: Int) -> Int? {
      read(offset, as: UInt64.self).flatMap { Int(exactly: $0) }
    }

    func text(_ table: Section, _ start: Int) -> String? {
      guard start < table.size, table.offset + table.size <= file.count else { return nil }
      let all = UnsafeRawBufferPointer(
        rebasing: file[table.offset + start..<table.offset + table.size])
      return String(decoding: all.upToNUL, as: UTF8.self)
    }

    /// All, since others name them by their place. What lies beyond the end, as what is
    /// made when the program starts can, is empty.
    var sections: [Section] {
      entries(at: 40, size: 58, count: 60) { header in
        let offset = place(header + 24) ?? 0
        let size = place(header + 32) ?? 0
        return Section(
          type: read(header + 4, as: UInt32.self) ?? 0,
          link: Int(read(header + 40, as: UInt32.self) ?? 0), offset: offset,
          size: max(0, min(size, file.count - offset)))
      }
    }

    var segments: [Segment] {
      let loaded: UInt32 = 1
      return entries(at: 32, size: 54, count: 56) { header in
        guard read(header, as: UInt32.self) == loaded,
          let start = read(header + 8, as: UInt64.self),
          let address = read(header + 16, as: UInt64.self),
          let size = read(header + 32, as: UInt64.self)
        else { return nil }
        return Segment(address: address, start: start, size: size)
      }
    }

    /// A table that the file's header describes at these places.
    private func entries<Entry>(
      at table: Int, size: Int, count: Int, _ make: (Int) -> Entry?
    ) -> [Entry] {
      guard let start = place(table), let size = read(size, as: UInt16.self),
        let count = read(count, as: UInt16.self), start <= file.count
      else { return [] }
      return (0..<Int(count)).compactMap { make(start + $0 * Int(size)) }
    }
  }
}
