import Foundation
import Testing

@testable import TraceKit

extension ELFFunctions {
  init?(_ bytes: [UInt8]) {
    self.init { offset, count in
      let start = Int(clamping: offset)
      return start < bytes.count ? Array(bytes[start...].prefix(count)) : []
    }
  }
}

@Suite struct FunctionTests {
  @Test(arguments: [
    ("vfs_read", "vfs_read", true), ("vfs_read", "vfs_reads", false), ("vfs_*", "vfs_", true),
    ("vfs_*", "vfs_read", true), ("*read", "vfs_read", true), ("*read", "vfs_readv", false),
    ("v*r?ad", "vfs_read", true), ("v*r?ad", "vfs_rad", false), ("*a*b*", "xaxxbx", true),
    ("*a*b*", "xbxxax", false), ("*", "", true), ("?", "", false), ("a**b", "ab", true),
    ("*ab", "aab", true),
  ])
  func `a wildcard stands for what it says`(_ pattern: String, _ name: String, _ expected: Bool)
    throws
  {
    #expect(try FunctionPattern(pattern, isExpression: false).matches(name) == expected)
  }

  @Test func `an expression must match all of a name`() throws {
    let pattern = try FunctionPattern("vfs_(read|write)", isExpression: true)
    #expect(pattern.matches("vfs_read") && pattern.matches("vfs_write"))
    #expect(!pattern.matches("vfs_readv") && !pattern.matches("xvfs_read"))
    #expect(throws: ToolError.self) { try FunctionPattern("(", isExpression: true) }
  }

  @Test(arguments: [
    ("libc.so.6", "c", true), ("libc.so.6", "libc", true), ("libc.so.6", "libc.so.6", true),
    ("libc.so.6", "libc.so", true), ("libc-2.31.so", "c", true), ("libcap.so.2", "c", false),
    ("libcrypt.so.1", "libc", false), ("bash", "bash", true), ("libc.so.6", "so", false),
  ])
  func `a library is meant by its name with and without lib and number`(
    _ file: String, _ name: String, _ expected: Bool
  ) {
    #expect(LibrarySearch.isMeant(file, by: name) == expected)
  }

  @Test(arguments: [
    ("libc.so.6", true), ("libc-2.31.so", true), ("ld-musl-x86_64.so.1", true),
    ("libc.so.6 (deleted)", true), ("libcap.so.2", false), ("libc++.so.1", false),
  ])
  func `a C library is known by its name`(_ name: String, _ expected: Bool) {
    #expect(CLibraries.isCLibrary(name) == expected)
  }

  /// The library of this process, whose addresses say where its functions are.
  private static var library: CodeFile? {
    CodeFile.all(of: "self")?.first { CLibraries.isCLibrary(String($0.basename)) }
  }

  @Test func `the offset of a function is where the process has it`() throws {
    let library = try #require(Self.library)
    let functions = try #require(ELFFunctions(library.open()!))
    let name = "getppid"
    let found = functions.functions.filter { $0.name == name }
    try #require(found.count == 1)
    let address = try #require(
      dlsym(UnsafeMutableRawPointer(bitPattern: 0), name).map { UInt64(UInt(bitPattern: $0)) })
    let maps = try #require(File.contents(of: "/proc/self/maps"))
    let offsets = maps.split(separator: "\n").compactMap { line -> UInt64? in
      let words = line.split(separator: " ")
      let ends = words[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
      guard ends.count == 2, ends[0] <= address, address < ends[1] else { return nil }
      return UInt64(words[2], radix: 16).map { $0 + address - ends[0] }
    }
    #expect(offsets == found.map(\.offset))
    #expect(functions.indirect.contains("strlen"))
    #expect(!functions.functions.contains { $0.name == "strlen" })
  }

  @Test func `what is no program has no functions, cut or spoilt as it may be`() throws {
    let library = try #require(Self.library)
    let bytes = try [UInt8](Data(contentsOf: URL(filePath: library.name)))
    #expect(ELFFunctions(bytes)?.functions.isEmpty == false)
    for count in [0, 4, 63, 64, 100, 4096, bytes.count / 2, bytes.count - 1] {
      // It must end, whatever it finds.
      _ = ELFFunctions(Array(bytes.prefix(count)))
    }
    for place in 16..<64 {
      var spoilt = bytes
      spoilt[place] = 0xff
      _ = ELFFunctions(spoilt)
    }
    for path in ["/etc/passwd", "/nosuch", "/proc", "/dev/zero"] {
      #expect(OpenCodeFile.open([.at(path)]).isEmpty)
    }
  }

  @Test func `the dynamic linker's cache is read in its order, and to its end`() {
    var cache = Array("glibc-ld.so.cache1.1".utf8)
    func append(_ number: UInt32) { withUnsafeBytes(of: number) { cache.append(contentsOf: $0) } }
    let names = ["libb.so.1", "/lib/libb.so.1", "liba.so.2", "/lib/liba.so.2"]
    append(2)
    append(0)
    while cache.count < 48 { cache.append(0) }
    var text = UInt32(48 + 2 * 24)
    for _ in 0..<2 {
      let sizes = [UInt32(10), 15]
      append(0x303)
      append(text)
      append(text + sizes[0])
      for _ in 0..<3 { append(0) }
      text += sizes[0] + sizes[1]
    }
    for name in names { cache += Array(name.utf8) + [0] }
    #expect(LibrarySearch.libraries(inCache: cache) == ["/lib/libb.so.1", "/lib/liba.so.2"])
    #expect(LibrarySearch.libraries(inCache: Array("old".utf8) + cache).count == 2)
    for count in cache.indices { _ = LibrarySearch.libraries(inCache: Array(cache.prefix(count))) }
    #expect(LibrarySearch.libraries(inCache: []) == [])
  }
}
