import CLibdw
import CLinux
import Foundation
import Glibc
import Testing

@testable import TraceKit

/// A library as small as one can be: a function of 16 bytes at 0x1000, by a symbol table.
struct TinyLibrary {
  struct Section {
    var name: String
    var type: UInt32
    var flags: UInt64 = 0
    var address: UInt64 = 0
    var contents: [UInt8]
    var link: UInt32 = 0
    var entry: UInt64 = 0
    /// What its header says of its size; nil: the truth.
    var toldSize: UInt64?
  }

  static let code: UInt64 = 0x1000
  var sections: [Section]
  var toldSections: UInt16?
  var toldSegments: UInt16?

  init(_ name: [UInt8] = Array("function".utf8)) {
    let strings = [0] + name + [0]
    var symbols = [UInt8](repeating: 0, count: 24)
    symbols += Self.symbol(name: 1, section: 1, address: Self.code, size: 16)
    sections = [
      Section(name: "", type: 0, contents: []),
      Section(
        name: ".text", type: 1, flags: 6, address: Self.code,
        contents: [UInt8](repeating: 0x90, count: 16)),
      Section(name: ".symtab", type: 2, contents: symbols, link: 3, entry: 24),
      Section(name: ".strtab", type: 3, contents: strings),
    ]
  }

  static func symbol(name: UInt32, section: UInt16, address: UInt64, size: UInt64) -> [UInt8] {
    bytes(name) + [0x12, 0] + bytes(section) + bytes(address) + bytes(size)
  }

  static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value) { Array($0) }
  }

  /// Two functions of 16 bytes each from 0x1000 on, as the table of a version of Go has them.
  static func goTable(
    _ version: UInt32, text: UInt64, count: UInt64 = 2,
    names: (String, String) = ("main.main", "main.run")
  ) -> [UInt8] {
    let is32 = version >= 0xffff_fff0 && version <= 0xffff_fff1
    func word(_ value: UInt64) -> [UInt8] {
      is32 ? bytes(UInt32(truncatingIfNeeded: value)) : bytes(value)
    }
    var texts = Array("\(names.0)\0\(names.1)\0".utf8)
    let second = UInt32(names.0.utf8.count + 1)
    texts += [UInt8](repeating: 0, count: 7 - (texts.count + 7) % 8)
    let places: UInt64 = version == 0xffff_fffb ? 1 : is32 ? 8 : 7
    let nameStart = 8 + 8 * places
    let start = nameStart + UInt64(texts.count)
    var head: [UInt64] = [count]
    if version != 0xffff_fffb { head += [0] + (is32 ? [text] : []) + [nameStart, 0, 0, 0, start] }
    // In the oldest form the names follow the functions, and places are the table's.
    let isOldest = version == 0xffff_fffb
    let base: UInt64 = is32 ? 0 : code
    let entrySize: UInt64 = is32 ? 4 : 8
    let functions = (isOldest ? 8 + 8 * places : 0) + entrySize * 5 + (is32 ? 4 : 0)
    let size = entrySize + 8
    let nameBase = isOldest ? functions + 2 * size : 0
    let entries = [base, functions, base + 16, functions + size, base + 32].flatMap(word)
    let padding = [UInt8](repeating: 0, count: is32 ? 4 : 0)
    let known = [(base, 0), (base + 16, second)].flatMap {
      word($0.0) + bytes(UInt32(nameBase) + $0.1)
        + bytes(UInt32(0))
    }
    let top = bytes(version) + [0, 0, 1, 8] + head.flatMap(bytes)
    return isOldest
      ? top + entries + known + texts : top + texts + entries + padding + known
  }

  static func goProgram(_ table: [UInt8]) -> TinyLibrary {
    var program = TinyLibrary()
    program.sections.removeAll { $0.name == ".symtab" }
    program.sections.append(.init(name: ".gopclntab", type: 1, contents: table))
    return program
  }

  subscript(_ name: String) -> Section {
    get { sections.first { $0.name == name }! }
    set { sections[sections.firstIndex { $0.name == name }!] = newValue }
  }

  /// Numbers one after the other, in the machine's order.
  private static func joined(_ numbers: [any FixedWidthInteger]) -> [UInt8] {
    numbers.flatMap { bytes($0) }
  }

  var file: [UInt8] {
    var all = sections
    var names: [UInt8] = []
    var starts: [UInt32] = []
    for name in all.map(\.name) + [".shstrtab"] {
      starts.append(UInt32(names.count))
      names += Array(name.utf8) + [0]
    }
    all.append(Section(name: ".shstrtab", type: 3, contents: names))
    var body: [UInt8] = []
    var headers: [UInt8] = []
    for (section, start) in zip(all, starts) {
      while (120 + body.count) % 8 != 0 { body.append(0) }
      // Code lies where its address says.
      if section.flags & 4 != 0 {
        body += [UInt8](repeating: 0, count: max(0, Int(section.address) - 120 - body.count))
      }
      let size = section.toldSize ?? UInt64(section.contents.count)
      headers += Self.joined([
        start, section.type, section.flags, section.address, UInt64(120 + body.count), size,
        section.link, UInt32(1), UInt64(8), section.entry,
      ])
      body += section.contents
    }
    while body.count % 8 != 0 { body.append(0) }
    let table = UInt64(120 + body.count)
    #if arch(x86_64)
      let machine: UInt16 = 62
    #else
      let machine: UInt16 = 183
    #endif
    var head: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]
    head += [UInt8](repeating: 0, count: 9)
    head += Self.joined([
      UInt16(3), machine, UInt32(1), UInt64(0), UInt64(64), table, UInt32(0), UInt16(64),
      UInt16(56), toldSegments ?? UInt16(1), UInt16(64), toldSections ?? UInt16(all.count),
      UInt16(all.count - 1),
    ])
    // A debug file belongs only where what is loaded has the same end.
    let end = Self.code + UInt64(self[".text"].contents.count)
    let segment = Self.joined([
      UInt32(1), UInt32(5), UInt64(0), UInt64(0), UInt64(0), end, end, UInt64(4096),
    ])
    return head + segment + body + headers
  }
}

/// A text in which 13 bits are a run of 258 bytes each (RFC 1951, 3.2.6), without an end.
private func bomb(megabytes: Int) -> [UInt8] {
  // A block of fixed codes, and a literal 0.
  var bits: [Int] = [1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0]
  for _ in 0..<16 { bits += [1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0] }
  let bytes = stride(from: 0, through: bits.count - 8, by: 8).map { start in
    (0..<8).reduce(UInt8(0)) { $0 | UInt8(bits[start + $1]) << $1 }
  }
  // 8 runs have 13 bytes.
  let runs = Array(bytes[2..<15])
  return [0x78, 0x9c] + bytes[..<2] + repeatElement(runs, count: (megabytes << 20) / 2064).joined()
}

/// A file that somebody wrote to do harm costs its own names, and those of no other.
@Suite(.serialized) struct HostileFileTests {
  private let told = Told()
  private let domain: SymbolDomain

  private final class Told {
    var lines: [String] = []
  }

  init() {
    let told = told
    domain = SymbolDomain(user: getuid(), shared: .init { told.lines.append($0) })
  }

  private func names(
    _ bytes: [UInt8], _ form: reader_form = READER_ELF, at addresses: [UInt64] = [0x1008, 0x2000]
  ) throws -> [String?] {
    let file = try #require(OwnedDescriptor(linux_memory_file("hostile")))
    try #require(
      bytes.withUnsafeBytes { write(file.number, $0.baseAddress, $0.count) } == bytes.count)
    return try #require(MappedFile(path: "/x", file, form, in: domain)).functions(at: addresses)
  }

  private func expectOthersHaveNames() throws {
    #expect(try names(TinyLibrary().file) == ["function", nil])
  }

  @Test func `a small library is read`() throws {
    try expectOthersHaveNames()
    #expect(told.lines.isEmpty)
  }

  @Test func `only functions in what is executed are probed`() throws {
    let functions = try #require(ELFFunctions(TinyLibrary().file))
    #expect(functions.functions == [.init(name: "function", offset: TinyLibrary.code)])
    #expect(!functions.isGo)
    var data = TinyLibrary()
    data[".text"].flags = 3
    #expect(ELFFunctions(data.file)?.functions == [])
    var elsewhere = TinyLibrary()
    elsewhere[".symtab"].contents += TinyLibrary.symbol(
      name: 1, section: 1, address: 0x10_0000, size: 16)
    #expect(ELFFunctions(elsewhere.file)?.functions.count == 1)
    var go = TinyLibrary()
    go.sections.append(.init(name: ".gopclntab", type: 1, contents: [0]))
    #expect(ELFFunctions(go.file)?.isGo == true)
  }

  @Test(arguments: ["sections", "segments", "symbols", "strings", "entries", "links", "ends"])
  func `absurd counts and sizes`(_ kind: String) throws {
    var library = TinyLibrary()
    switch kind {
    case "sections": library.toldSections = .max
    case "segments": library.toldSegments = .max
    case "symbols": library[".symtab"].toldSize = 24 << 40
    case "strings": library[".strtab"].toldSize = .max
    case "entries": library[".symtab"].entry = 0
    case "links": library[".symtab"].link = .max
    default: library[".strtab"].contents.removeLast()
    }
    for count in [library.file.count, 4000, 120, 64, 16, 0] {
      _ = try names(Array(library.file.prefix(count)))
      _ = ELFFunctions(Array(library.file.prefix(count)))
    }
    try expectOthersHaveNames()
  }

  /// A small library whose function is called from_debugdata, compressed by xz.
  private static let miniature = Data(
    base64Encoded:
      "/Td6WFoAAAFpIt42AgAhARwAAAAQz1jM4BG3AJ9dAD+RRYRoPYmm2orhgzJO8e3vZxgy9p95bIDF"
      + "Uy/99t2tFkJ5d9/op8Gy8WDsNi+9AWKad8QANa1GrTMttIqWzefgt6shYvGuG9VP8UWsLa/Rkm+y"
      + "CXFQRW02+Y1vj05a3NoYm25TAhkhpdJyk3Kujy1UY0wu2sdTdAXEQQFpgaX3bsSbx1ZYffj+VU06"
      + "xwdv1uav/Ki51NR0JjxhUye5AAAAc/lcUgABtwG4IwAAbEA3Gz4wDYsCAAAAAAFZWg==")

  @Test func `a compressed table of symbols inside of a file is read`() throws {
    var library = TinyLibrary()
    library.sections.removeAll { $0.name == ".symtab" }
    let whole = Array(try #require(Self.miniature))
    library.sections.append(.init(name: ".gnu_debugdata", type: 1, contents: whole))
    #expect(try names(library.file) == ["from_debugdata", nil])
    for place in stride(from: 0, to: whole.count, by: 7) {
      library[".gnu_debugdata"].contents = whole
      library[".gnu_debugdata"].contents[place] ^= 0xff
      _ = try names(library.file)
      library[".gnu_debugdata"].contents = Array(whole.prefix(place))
      _ = try names(library.file)
    }
    try expectOthersHaveNames()
    #expect(told.lines.isEmpty)
  }

  @Test(arguments: [0xffff_fffb, 0xffff_fffa, 0xffff_fff0, 0xffff_fff1] as [UInt32])
  func `a program of Go without symbols has the names of its own table`(version: UInt32) throws {
    // The place of its code is in the head, or not: then it is where that section is.
    for text in [TinyLibrary.code, 0] {
      let file = TinyLibrary.goProgram(TinyLibrary.goTable(version, text: text)).file
      #expect(
        try names(file, at: [0x1000, 0x100f, 0x1010, 0x1020])
          == ["main.main", "main.main", "main.run", nil])
    }
    for count in [0, 3, 1 << 32, UInt64.max] {
      _ = try names(TinyLibrary.goProgram(TinyLibrary.goTable(version, text: 0, count: count)).file)
    }
    let whole = TinyLibrary.goTable(version, text: 0)
    for place in whole.indices {
      var table = whole
      table[place] ^= 0xff
      _ = try names(TinyLibrary.goProgram(table).file)
      _ = try names(TinyLibrary.goProgram(Array(whole.prefix(place))).file)
    }
    try expectOthersHaveNames()
    #expect(told.lines.isEmpty)
  }

  @Test(arguments: [UInt64(16), 600 << 20, 1 << 40])
  func `a compressed symbol table that unpacks to gigabytes`(size: UInt64) throws {
    var library = TinyLibrary()
    let header = TinyLibrary.bytes(UInt32(1)) + TinyLibrary.bytes(UInt32(0))
    library[".symtab"].flags = 0x800
    library[".symtab"].contents =
      header + TinyLibrary.bytes(size) + TinyLibrary.bytes(UInt64(8)) + bomb(megabytes: 600)
    _ = try names(library.file)
    try expectOthersHaveNames()
  }

  @Test(arguments: ["fifo", "device", "circle", "folder", "../x", "a/b", ".", ""])
  func `a debug link to what is no file with symbols`(_ kind: String) throws {
    let folder = FileManager.default.temporaryDirectory.path + "/hostile-\(getpid())-\(UUID())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/library"
    var library = TinyLibrary()
    library.sections.removeAll { $0.name == ".symtab" }
    var link = kind
    switch kind {
    case "fifo": try #require(mkfifo(folder + "/fifo", 0o600) == 0)
    case "device":
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/device", withDestinationPath: "/dev/zero")
    case "folder":
      try FileManager.default.createDirectory(
        atPath: folder + "/folder", withIntermediateDirectories: true)
    case "circle": link = "library"
    default: break
    }
    let note = Array(link.utf8) + [0] + [UInt8](repeating: 0, count: 3 - link.utf8.count % 4)
    library.sections.append(
      .init(name: ".gnu_debuglink", type: 1, contents: note + [1, 2, 3, 4]))
    try Data(library.file).write(to: URL(filePath: path))
    let file = try #require(OwnedDescriptor(linux_open_regular(-1, path, false)))
    let mapped = try #require(MappedFile(path: path, file, in: domain))
    #expect(mapped.functions(at: [0x1008]) == [nil])
    try expectOthersHaveNames()
    #expect(told.lines.isEmpty)
  }

  @Test func `a debug file belongs by its build id, or by its checksum`() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/debug-\(getpid())-\(UUID())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let debug = TinyLibrary(Array("from_debug_file".utf8)).file
    try Data(debug).write(to: URL(filePath: folder + "/library.debug"))
    for (isRight, name) in [(true, "from_debug_file"), (false, nil)] as [(Bool, String?)] {
      var library = TinyLibrary()
      library.sections.removeAll { $0.name == ".symtab" }
      let sum = TinyLibrary.bytes(checksum(debug) &+ (isRight ? 0 : 1))
      library.sections.append(
        .init(
          name: ".gnu_debuglink", type: 1,
          contents: Array("library.debug".utf8) + [0, 0, 0] + sum))
      let path = folder + "/library\(isRight)"
      try Data(library.file).write(to: URL(filePath: path))
      let file = try #require(OwnedDescriptor(linux_open_regular(-1, path, false)))
      let mapped = try #require(MappedFile(path: path, file, in: domain))
      #expect(mapped.functions(at: [0x1008]) == [name])
    }
  }

  private func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum >> 1 ^ (sum & 1) * 0xedb8_8320 }
    }
  }

  @Test func `a library that becomes shorter while it is read`() throws {
    let path = FileManager.default.temporaryDirectory.path + "/short-\(getpid())"
    defer { unlink(path) }
    var library = TinyLibrary()
    // Enough to read for a while.
    library[".symtab"].contents += (0..<50_000).flatMap {
      TinyLibrary.symbol(name: 1, section: 1, address: 0x10_0000 + UInt64($0) * 16, size: 16)
    }
    let bytes = library.file
    try Data(bytes).write(to: URL(filePath: path))
    // It keeps the pages of the file's start.
    nonisolated(unsafe) var isDone = false
    let cutter = Thread {
      while !isDone {
        truncate(path, 8192)
        try? Data(bytes).write(to: URL(filePath: path))
      }
    }
    cutter.start()
    for _ in 0..<50 {
      let file = try #require(OwnedDescriptor(open(path, O_RDONLY | O_CLOEXEC)))
      let mapped = try #require(MappedFile(path: path, file, in: domain))
      _ = mapped.functions(at: [0x1008])
      _ = ELFFunctions(file)
    }
    isDone = true
    try expectOthersHaveNames()
  }

  @Test func `a file that is no regular one is not opened`() throws {
    let path = FileManager.default.temporaryDirectory.path + "/fifo-\(getpid())"
    try #require(mkfifo(path, 0o600) == 0)
    defer { unlink(path) }
    let link = path + "-link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/etc/passwd")
    defer { unlink(link) }
    #expect(linux_open_regular(-1, path, true) == -1)
    #expect(linux_open_regular(-1, "/dev/zero", true) == -1)
    #expect(linux_open_regular(-1, link, false) == -1)
    #expect(OwnedDescriptor(linux_open_regular(-1, link, true)) != nil)
  }

  @Test func `a perf map of gigabytes, or of lines without end`() throws {
    let file = try #require(OwnedDescriptor(linux_memory_file("hostile")))
    try #require(ftruncate(file.number, 4 << 30) == 0)
    let map = try #require(MappedFile(path: "/x", file, READER_COMPILED, in: domain))
    #expect(map.functions(at: [0]) == [nil])
    let long = Array("10 10 ".utf8) + [UInt8](repeating: 0x61, count: 1 << 20)
    #expect(try names(long, READER_COMPILED, at: [0x10]) == [nil])
    let many = Array(repeating: Array("0 1 a\n".utf8), count: 2 << 20).flatMap { $0 }
    #expect(try names(many, READER_COMPILED, at: [0, 1]) == ["a", nil])
    try expectOthersHaveNames()
  }

  @Test func `a million mappings are read up to a limit`() throws {
    let path = FileManager.default.temporaryDirectory.path + "/maps-\(getpid())"
    defer { unlink(path) }
    let line = Array("1000-2000 r-xp 00000000 00:00 0 \n".utf8)
    try Data(repeatElement(line, count: 1_000_000).joined()).write(to: URL(filePath: path))
    let mappings = try #require(Mapping.all(in: path, atMost: 8192, seconds: 60))
    #expect(mappings.count == 8192)
    #expect(mappings.last?.start == 0x1000)
  }

  @Test func `what never returns is waited for no longer than that`() throws {
    let path = FileManager.default.temporaryDirectory.path + "/stuck-\(getpid())"
    try #require(mkfifo(path, 0o600) == 0)
    defer { unlink(path) }
    let thread = BoundedThread.make()
    for _ in 0..<20 { #expect(thread.run(atMost: 0.01) { open(path, O_RDONLY) } == nil) }
    // Too many threads are stuck.
    #expect(thread.run(atMost: 60) { 1 } == nil)
    // They end when somebody writes.
    close(open(path, O_RDWR))
    #expect(BoundedThread.make().run(atMost: 60) { 1 } == 1)
  }
}
