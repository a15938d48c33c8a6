/// What an object's own types want of the kernel's: which types by name, and which
/// of their members or values.
struct ObjectTypes {
  /// For each name, without the flavor behind three underscores, the names of the
  /// members or values that the object knows.
  private(set) var wanted: [String: Set<String>] = [:]

  /// - Parameter image: the object. One without types gives nil.
  init?(_ image: ObjectImage) {
    guard let section = unsafe ELFSection.find(".BTF", in: image.bytes),
      let types = unsafe BTFReader(section)
    else { return nil }
    var offsets: [Int] = [0]
    guard types.forEachType({ _, offset, _ in offsets.append(offset) }) else { return nil }
    for offset in offsets.dropFirst() {
      let header = types.header(at: offset)
      guard header.nameOffset != 0 else { continue }
      switch header.kind {
      case .structure, .union, .enumeration, .wideEnumeration, .typedef:
        let name = Self.withoutFlavor(types.name(at: header.nameOffset))
        wanted[name, default: []].formUnion(Self.parts(of: offset, types, offsets))
      default: continue
      }
    }
  }

  /// The names of the members, those of members without a named type included.
  private static func parts(
    of offset: Int, _ types: BTFReader, _ offsets: [Int]
  ) -> Set<String> {
    let header = types.header(at: offset)
    var names: Set<String> = []
    let size: Int
    switch header.kind {
    case .structure, .union, .wideEnumeration: size = 12
    case .enumeration: size = 8
    default: return []
    }
    for index in 0..<header.count {
      let part = offset + 12 + index * size
      names.insert(withoutFlavor(types.name(at: types.word(at: part))))
      guard header.kind == .structure || header.kind == .union else { continue }
      var type = Int(types.word(at: part + 4))
      // Such as atomic_t, a typedef of a type without a name, or an array of it.
      while type > 0, type < offsets.count {
        let header = types.header(at: offsets[type])
        if header.kind == .typedef {
          type = Int(header.sizeOrType)
        } else if header.kind == .array {
          type = Int(types.word(at: offsets[type] + 12))
        } else {
          break
        }
      }
      guard type > 0, type < offsets.count else { continue }
      let inner = types.header(at: offsets[type])
      if inner.nameOffset == 0, inner.kind == .structure || inner.kind == .union {
        names.formUnion(parts(of: offsets[type], types, offsets))
      }
    }
    return names
  }

  static func withoutFlavor(_ name: String) -> String {
    var underscores = 0
    for (index, byte) in name.utf8.enumerated() {
      if byte == UInt8(ascii: "_") {
        underscores += 1
        continue
      }
      // libbpf wants a character before and behind the three.
      if underscores >= 3, index > underscores { return String(name.utf8.prefix(index - 3))! }
      underscores = 0
    }
    return name
  }
}

/// The sections of an ELF file in memory.
enum ELFSection {
  /// The names of all sections.
  static func names(in file: UnsafeRawBufferPointer) -> [String] {
    guard let table = unsafe Table(file) else { return [] }
    return (0..<table.count).compactMap { index in
      guard let section = table.section(index), let name = table.name(section) else { return nil }
      return unsafe String(decoding: name, as: UTF8.self)
    }
  }

  /// The bytes of the first section of that name.
  static func find(_ name: String, in file: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    guard let table = unsafe Table(file) else { return nil }
    for index in 0..<table.count {
      guard let section = table.section(index), let found = table.name(section),
        unsafe found.elementsEqual(name.utf8)
      else { continue }
      return unsafe UnsafeRawBufferPointer(
        rebasing: file[section.start..<section.start + section.size])
    }
    return nil
  }
  /// The table of sections, by the offsets of the fields of Elf64_Ehdr and
  /// Elf64_Shdr (elf.h).
  @safe private struct Table {
    private let file: UnsafeRawBufferPointer
    private let start: Int
    private let stride: Int
    let count: Int
    private var names = (start: 0, size: 0)

    init?(_ file: UnsafeRawBufferPointer) {
      unsafe self.file = file
      guard file.count >= 64 else { return nil }
      start = Int(
        truncatingIfNeeded: unsafe file.loadUnaligned(fromByteOffset: 40, as: UInt64.self))
      stride = Int(unsafe file.loadUnaligned(fromByteOffset: 58, as: UInt16.self))
      count = Int(unsafe file.loadUnaligned(fromByteOffset: 60, as: UInt16.self))
      let index = Int(unsafe file.loadUnaligned(fromByteOffset: 62, as: UInt16.self))
      guard let found = section(index) else { return nil }
      names = (found.start, found.size)
    }

    func section(_ index: Int) -> (name: Int, start: Int, size: Int)? {
      let header = start.addingReportingOverflow(index * stride)
      guard index < count, !header.overflow, header.partialValue >= 0,
        header.partialValue <= file.count - 64
      else { return nil }
      let name = unsafe file.loadUnaligned(fromByteOffset: header.partialValue, as: UInt32.self)
      let place = unsafe file.loadUnaligned(
        fromByteOffset: header.partialValue + 24, as: UInt64.self)
      let size = unsafe file.loadUnaligned(
        fromByteOffset: header.partialValue + 32, as: UInt64.self)
      guard place <= file.count, size <= UInt64(file.count) - place else { return nil }
      return (Int(name), Int(place), Int(size))
    }

    func name(_ section: (name: Int, start: Int, size: Int)) -> UnsafeRawBufferPointer? {
      guard section.name < names.size else { return nil }
      let rest = unsafe file[names.start + section.name..<names.start + names.size]
      guard let end = unsafe rest.firstIndex(of: 0) else { return nil }
      return unsafe UnsafeRawBufferPointer(rebasing: rest[..<end])
    }
  }
}
