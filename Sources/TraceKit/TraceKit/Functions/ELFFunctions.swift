import CLinux
import Glibc

/// The functions of a program or library that has the machine's own word size, by its
/// symbol tables (`.symtab` and `.dynsym`; structures of elf.h).
///
/// A user may have written the file to do harm. It is not mapped, since it could become
/// shorter, and what it says of sizes is believed up to a limit.
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
  /// Written in Go, whose stacks move. A probe at the return of a function would crash it.
  private(set) var isGo = false

  private static let classOf64Bits: UInt8 = 2
  private static let symbolTables: Set<UInt32> = [2, 11]
  private static let function: UInt8 = 2
  private static let indirectFunction: UInt8 = 10
  /// The sizes of a symbol, and of the header of a section and of a segment.
  private static let symbolSize = 24
  private static let sectionSize = 64
  private static let segmentSize = 56
  /// The largest programs have a million symbols with some hundred megabytes of names.
  private static let mostBytes = 1 << 29
  private static let mostTables = 4

  /// - Parameters:
  ///   - wanted: only functions of these names are looked for, which is faster; nil: all.
  ///   - read: reads bytes from an offset on, as many as there are at most.
  /// - Returns: nil where the file is no such program.
  init?(named wanted: Set<String>? = nil, read: (_ offset: UInt64, _ count: Int) -> [UInt8]) {
    let head = read(0, 64)
    guard head.count == 64, head.starts(with: [0x7f, 0x45, 0x4c, 0x46, Self.classOf64Bits])
    else { return nil }
    let sections = Self.table(at: 40, count: 60, of: Self.sectionSize, in: head, read)
      .map(Section.init)
    let segments = Self.table(at: 32, count: 56, of: Self.segmentSize, in: head, read)
      .compactMap(Segment.init)
    let sectionNames = head.number(62, as: UInt16.self).flatMap { index in
      sections.indices.contains(Int(index)) ? sections[Int(index)] : nil
    }
    let names = sectionNames.map { read($0.offset, Int(clamping: min($0.size, 1 << 20))) } ?? []
    isGo = sections.contains { names.text($0.name) == ".gopclntab" }
    var found: Set<Function> = []
    var left = Self.mostBytes
    func contents(_ section: Section) -> [UInt8] {
      let bytes = read(section.offset, Int(clamping: min(section.size, UInt64(left))))
      left -= bytes.count
      return bytes
    }
    for table in sections.filter({ Self.symbolTables.contains($0.type) }).prefix(Self.mostTables)
    where sections.indices.contains(table.link) {
      let names = contents(sections[table.link])
      let places = wanted.map { names.places(of: $0) }
      if let places, places.isEmpty { continue }
      let symbols = contents(table)
      for symbol in stride(from: 0, through: symbols.count - Self.symbolSize, by: Self.symbolSize) {
        if let places {
          guard let start = symbols.number(symbol, as: UInt32.self), places.contains(start) else {
            continue
          }
        }
        guard let kind = symbols.number(symbol + 4, as: UInt8.self).map({ $0 & 0xf }),
          kind == Self.function || kind == Self.indirectFunction,
          let section = symbols.number(symbol + 6, as: UInt16.self),
          sections.indices.contains(Int(section)), sections[Int(section)].isCode,
          let value = symbols.number(symbol + 8, as: UInt64.self),
          let offset = segments.lazy.compactMap({ $0.offset(of: value) }).first,
          let start = symbols.number(symbol, as: UInt32.self),
          let name = names.text(start), !name.isEmpty
        else { continue }
        if kind == Self.function {
          found.insert(Function(name: name, offset: offset))
        } else {
          indirect.insert(name)
        }
      }
    }
    functions = found.sorted { ($0.name, $0.offset) < ($1.name, $1.offset) }
  }

  /// The entries of a table that the file's header describes at these places.
  private static func table(
    at place: Int, count: Int, of size: Int, in head: [UInt8],
    _ read: (UInt64, Int) -> [UInt8]
  ) -> [ArraySlice<UInt8>] {
    guard let start = head.number(place, as: UInt64.self), start != 0,
      let count = head.number(count, as: UInt16.self)
    else { return [] }
    let bytes = read(start, Int(count) * size)
    return stride(from: 0, through: bytes.count - size, by: size).map { bytes[$0..<$0 + size] }
  }

  private struct Section {
    let name: UInt32
    let type: UInt32
    let link: Int
    let offset: UInt64
    let size: UInt64
    /// Whether it is loaded, and executed.
    let isCode: Bool

    init(_ header: ArraySlice<UInt8>) {
      let header = Array(header)
      name = header.number(0, as: UInt32.self) ?? 0
      type = header.number(4, as: UInt32.self) ?? 0
      let flags = header.number(8, as: UInt64.self) ?? 0
      isCode = flags & 6 == 6
      offset = header.number(24, as: UInt64.self) ?? 0
      size = header.number(32, as: UInt64.self) ?? 0
      link = Int(header.number(40, as: UInt32.self) ?? 0)
    }
  }

  /// A part of the file that is mapped to be executed.
  private struct Segment {
    let address: UInt64
    let start: UInt64
    let size: UInt64

    init?(_ header: ArraySlice<UInt8>) {
      let header = Array(header)
      let (loaded, executable): (UInt32, UInt32) = (1, 1)
      guard header.number(0, as: UInt32.self) == loaded,
        let flags = header.number(4, as: UInt32.self), flags & executable != 0,
        let start = header.number(8, as: UInt64.self),
        let address = header.number(16, as: UInt64.self),
        let size = header.number(32, as: UInt64.self)
      else { return nil }
      (self.start, self.address, self.size) = (start, address, size)
    }

    func offset(of value: UInt64) -> UInt64? {
      value >= address && value - address < size ? value - address &+ start : nil
    }
  }
}

extension ELFFunctions {
  /// - Returns: nil where the file cannot be read or is no such program.
  init?(_ file: OwnedDescriptor, named wanted: Set<String>? = nil) {
    self.init(named: wanted) { offset, count in
      guard let offset = Int(exactly: offset), let size = file.status?.st_size, offset < size
      else { return [] }
      return [UInt8](unsafeUninitializedCapacity: min(count, size - offset)) { room, done in
        while done < room.count {
          let more = pread(file.number, room.baseAddress! + done, room.count - done, offset + done)
          if more <= 0 { break }
          done += more
        }
      }
    }
  }
}

extension [UInt8] {
  fileprivate func number<Value: BitwiseCopyable & FixedWidthInteger>(
    _ offset: Int, as type: Value.Type
  ) -> Value? {
    guard offset <= count - MemoryLayout<Value>.size else { return nil }
    return withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
  }

  /// Where texts begin that end with a NUL; one may be the end of another.
  fileprivate func places(of texts: Set<String>) -> Set<UInt32> {
    var places: Set<UInt32> = []
    withUnsafeBytes { all in
      for text in texts {
        let sought = Array(text.utf8) + [0]
        var start = 0
        while start < all.count,
          let found = linux_find(
            all.baseAddress! + start, all.count - start, sought, sought.count)
        {
          let place = found - all.baseAddress!
          places.insert(UInt32(truncatingIfNeeded: place))
          start = place + 1
        }
      }
    }
    return places
  }

  /// The text that begins at an offset and ends with a NUL.
  fileprivate func text(_ start: UInt32) -> String? {
    guard start < count else { return nil }
    return self[Int(start)...].withUnsafeBytes {
      String(
        decoding: UnsafeRawBufferPointer(rebasing: $0.prefix(4096)).upToNUL, as: UTF8.self)
    }
  }
}
