import CLibdw
import Foundation
import Testing

@testable import TraceKit

@Suite struct DemanglingTests {
  private let domain = SymbolDomain(user: getuid(), shared: .init { Issue.record("\($0)") })

  @Test(arguments: [
    ("printf", "printf"),
    ("", ""),
    ("_Z3fooiPc", "foo(int, char*)"),
    (
      "_ZNSt6vectorIiSaIiEE9push_backERKi",
      "std::vector<int, std::allocator<int> >::push_back(int const&)"
    ),
    ("_Znonsense", "_Znonsense"),
    ("$s4main3fooyySiF", "main.foo(Swift.Int) -> ()"),
    ("$snonsense", "$snonsense"),
    ("_RNvNtCs1234_7mycrate3foo3bar", "mycrate::foo::bar"),
    ("_RINvNtC3std3mem8align_ofjdE", "std::mem::align_of::<usize, f64>"),
    ("_RNvMsr_NtCs3ssYzQotkvD_3std4pathNtB5_7PathBuf3new", "<std::path::PathBuf>::new"),
    ("_RNCNvC7mycrate4main0", "mycrate::main::{closure#0}"),
    (
      "_RNvNtCsjrHSEGnQ3l9_3std2rt19lang_start_internal", "std::rt::lang_start_internal"
    ),
    ("_RNvCsZZZZZZZZZZZZ_3std2rt", "_RNvCsZZZZZZZZZZZZ_3std2rt"),
    (
      "_RNvXs_C7mycrateNtB4_3FooNtNtC4core3fmt7Display3fmt",
      "<mycrate::Foo as core::fmt::Display>::fmt"
    ),
    (
      "_RINvC7mycrate3fooRShPlTmbEFUKCjEuAhj4_DNtC4core3AnyEL_E",
      "mycrate::foo::<&[u8], *const i32, (u32, bool), unsafe extern \"C\" fn(usize), [u8; 4], "
        + "dyn core::Any>"
    ),
    ("_RNvC1a", "_RNvC1a"),
    ("_RB_", "_RB_"),
    ("_RC0", "_RC0"),
    ("_ZN2$$17h0123456789abcdefE", "_ZN2$$17h0123456789abcdefE"),
    ("_ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write"),
    (
      "_ZN66_$LT$alloc..vec..Vec$LT$T$GT$$u20$as$u20$core..ops..drop..Drop$GT$4drop17"
        + "h0123456789abcdefE",
      "<alloc::vec::Vec<T> as core::ops::drop::Drop>::drop"
    ),
  ])
  func `a linker's name becomes that of the source`(symbol: String, name: String) {
    #expect(domain.demangled(symbol) == name)
  }

  /// Names that refer to what they said before, twice at each of these levels.
  private static let endless: [String] = {
    let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    let pairs = digits.prefix(34).map { "S_IS\($0)_S\($0)_E" }.joined()
    let levels = 4..<38
    let references = levels.map { level in
      level < 26
        ? "A\(UnicodeScalar(UInt8(65 + level)))G" : level == 26 ? "A_G" : "A\(level - 27)_G"
    }.joined()
    return [
      "_Z1fSt4pairIiiE" + pairs,
      "$s1m1fyyAA1PVy" + String(repeating: "ADy", count: levels.count) + "S2iG" + references + "F",
    ]
  }()

  @Test(arguments: endless)
  func `a name that has no end when it is written out stays the linker's`(name: String) {
    #expect(domain.demangled(name) == name)
    // The next one has a new reader.
    #expect(domain.demangled("_Z3fooiPc") == "foo(int, char*)")
  }

  @Test func `a name that is longer than any that is read stays as it is`() {
    for part in ["P", "S0_", "N1a"] {
      let name = "_Z1f" + String(repeating: part, count: 20_000 / part.count) + "i"
      #expect(domain.demangled(name) == name)
    }
    #expect(
      domain.demangled("_Z1f" + String(repeating: "P", count: 1_000) + "i").hasPrefix("f(int*"))
  }

  @Test func `a name of Rust that stands in itself ends`() {
    // A type that refers back to itself.
    let names = ["_RINvC1a1bRB7_E", "_RINvC1a1bTB7_B7_EE"]
    for name in names { #expect(domain.demangled(name) == name) }
    // Implementations, which are not printed, each of which has the one before twice.
    let impls = "_RMXC1aC1aC1a"
    #expect(domain.demangled(impls) == impls)
    let deep = "_RINvC1a1b" + String(repeating: "R", count: 10_000) + "hE"
    #expect(domain.demangled(deep) == deep)
  }
}

extension Mapping {
  init?(_ line: String) {
    guard let mapping = Array(line.utf8).withUnsafeBytes({ Mapping($0) }) else { return nil }
    self = mapping
  }
}

@Suite struct MappingTests {
  @Test func `a line of code in a file is read`() throws {
    let line = "7f1000002000-7f1000005000 r-xp 00002000 fd:01 1234    /usr/lib/a b.so (deleted)"
    let mapping = try #require(Mapping(line))
    #expect(mapping.start == 0x7f10_0000_2000)
    #expect(mapping.end == 0x7f10_0000_5000)
    #expect(mapping.offset == 0x2000)
    #expect(mapping.file == "fd:01 1234")
    #expect(mapping.isFile)
    #expect(mapping.filePath == "/usr/lib/a b.so")
  }

  @Test(arguments: [
    ("7f00-7f10 rwxp 00000000 00:00 0 ", true, false),
    ("7f00-7f10 rwxp 00000000 00:00 0 [anon:jit]", true, false),
    ("7f00-7f10 r-xp 00000000 00:00 0 [vdso]", false, true),
    ("7f00-7f10 r-xs 00000000 00:01 9 //anon", true, false),
  ])
  func `memory of no file is told apart`(line: String, isAnonymous: Bool, isVDSO: Bool) throws {
    let mapping = try #require(Mapping(line))
    #expect(mapping.isAnonymous == isAnonymous)
    #expect(mapping.isVDSO == isVDSO)
    #expect(!mapping.isFile)
  }

  @Test(arguments: ["", "7f00-7f10 rw-p 00000000 00:00 0", "x-y r-xp 0 00:00 0", "7f00 r-xp 0 0 0"])
  func `other lines are passed over`(line: String) {
    #expect(Mapping(line) == nil)
  }
}

@Suite struct RuntimeTests {
  @Test(arguments: [
    ("libjvm.so", "Java"), ("libcoreclr.so", ".NET"), ("node", "Node"), ("libnode.so.108", "Node"),
    ("python3.11", "Python"), ("libpython3.12.so.1.0", "Python"), ("ruby3.1", "Ruby"),
    ("libruby-3.1.so.3.1.2", "Ruby"), ("node_exporter", nil), ("libc.so.6", nil),
  ])
  func `a runtime is known by what its processes have mapped`(file: String, name: String?) throws {
    let runtime = Runtime.find(mapping: ["libc.so.6", file[...]])
    #expect(runtime?.name == name)
    #expect(runtime?.hides(nil) != false)
    #expect(runtime?.hides("_PyEval_EvalFrameDefault") ?? false == (name == "Python"))
    #expect(runtime?.hides("main") != true)
  }
}

@Suite struct PerfMapTests {
  /// The names at addresses of a text as a compiler at run time writes it.
  private func names(_ text: String, _ addresses: [UInt64]) throws -> [String?] {
    try names(Array(text.utf8), addresses)
  }

  private func names(_ bytes: [UInt8], _ addresses: [UInt64]) throws -> [String?] {
    try withTemporaryFile { path in
      try Data(bytes).write(to: URL(filePath: path))
      let domain = SymbolDomain(user: getuid(), shared: .init { Issue.record("\($0)") })
      let descriptor = try #require(OwnedDescriptor(open(path, O_RDONLY | O_CLOEXEC)))
      let file = try #require(MappedFile(path: path, descriptor, READER_COMPILED, in: domain))
      return file.functions(at: addresses)
    }
  }

  @Test func `an address is found in what was written last`() throws {
    let text = "1000 10 first\n0x2000 20 a name; with  spaces\nbroken\n1000 8 second\nzz 1 x\n"
    #expect(
      try names(text, [0x1000, 0x1007, 0x1008, 0x2000, 0x201f, 0x2020, 0xfff])
        == [
          "second", "second", "first", "a name; with  spaces", "a name; with  spaces", nil, nil,
        ])
  }

  @Test func `a size beyond all memory is passed over`() throws {
    #expect(try names("ffffffffffffff00 1000 x\n", [.max]) == [nil])
  }

  /// A dump with functions of 16 bytes, one after the other.
  private func dump(_ names: [String], size: UInt32? = nil) -> [UInt8] {
    let bytes: (any FixedWidthInteger) -> [UInt8] = { TinyLibrary.bytes($0) }
    let head: [any FixedWidthInteger] = [
      UInt32(0x4a69_5444), UInt32(1), UInt32(40), UInt32(62), UInt32(0), UInt32(7), UInt64(0),
      UInt64(0),
    ]
    var file = head.flatMap(bytes)
    for (index, name) in names.enumerated() {
      let code: [UInt8] = Array(name.utf8) + [0] + [UInt8](repeating: 0x90, count: 16)
      let record: [any FixedWidthInteger] = [
        UInt32(0), size ?? UInt32(56 + code.count), UInt64(0), UInt32(7), UInt32(7), UInt64(0),
        UInt64(0x1000 + index * 16), UInt64(16), UInt64(index),
      ]
      // What else it says is passed over.
      file += record.flatMap(bytes) + code + bytes(UInt32(2)) + bytes(UInt32(20))
      file += [UInt8](repeating: 0, count: 12)
    }
    return file
  }

  @Test func `a dump of a compiler at run time is read`() throws {
    let file = dump((0..<5000).map { "function_\($0)" })
    let found = try names(file, (0..<5001).map { UInt64(0x1000 + $0 * 16) })
    #expect(found == (0..<5000).map { "function_\($0)" } + [nil])
  }

  @Test(arguments: [0, 15, 16, 17, 56, 57, .max] as [UInt32])
  func `a record of a dump with an absurd size ends it or is passed over`(size: UInt32) throws {
    _ = try names(dump(["a", "b"], size: size), [0x1000])
    for count in [4, 39, 40, 60, 100] { _ = try names(Array(dump(["a"]).prefix(count)), [0x1000]) }
  }

  @Test func `many addresses are answered in parts`() throws {
    let text = (0..<5000).map { "\(String($0 * 16, radix: 16)) 10 function_\($0)\n" }.joined()
    let found = try names(text, (0..<5000).map { UInt64($0) * 16 + 3 })
    #expect(found == (0..<5000).map { "function_\($0)" })
  }
}

@Suite struct KernelSymbolsTests {
  private func symbols(_ text: String) throws -> KernelSymbols {
    try withTemporaryFile { path in
      try Data(text.utf8).write(to: URL(filePath: path))
      return KernelSymbols(path: path)
    }
  }

  @Test func `an address is that of the function before it`() throws {
    let symbols = try symbols(
      """
      ffffffff81000000 T start
      ffffffff81000040 t next
      ffffffff81000050 D data
      ffffffffc0000000 t of_module\t[module]
      ffffffff81000030 W weak

      """)
    #expect(symbols.function(at: 0xffff_ffff_8100_0000)?.name == "start")
    #expect(symbols.function(at: 0xffff_ffff_8100_0035)?.name == "weak")
    #expect(symbols.function(at: 0xffff_ffff_8100_0055)?.name == "next")
    #expect(symbols.function(at: 0xffff_ffff_80ff_ffff)?.name == nil)
    let last = symbols.function(at: 0xffff_ffff_c000_0010)
    #expect(last?.name == "of_module")
    #expect(last?.module == "module")
    #expect(!symbols.isHidden)
  }

  @Test func `more than one block of lines is read whole`() throws {
    let lines = (0..<50_000).map {
      "ffffffff8\(String(format: "%07x", $0 * 16)) t function_\($0)\n"
    }
    let symbols = try symbols(lines.joined())
    for number in [0, 1, 12_345, 49_999] {
      let address = 0xffff_ffff_8000_0000 + UInt64(number) * 16 + 3
      #expect(symbols.function(at: address)?.name == "function_\(number)")
    }
  }

  @Test func `addresses of 0 are hidden ones`() throws {
    let symbols = try symbols("0000000000000000 T start\n0000000000000000 t next\n")
    #expect(symbols.function(at: 0xffff_ffff_8100_0000) == nil)
    #expect(symbols.isHidden)
  }
}

@Suite struct SymbolizerTests {
  private static let own = AddressSpace(pid: UInt32(getpid()), generation: 1)

  private func address(_ name: String) throws -> UInt64 {
    let found = try #require(dlsym(nil, name))
    return UInt64(UInt(bitPattern: found))
  }

  @Test func `functions of this process have their names`() throws {
    let symbols = Symbolizer { Issue.record("\($0)") }
    let names = try ["qsort", "swift_retain", "write"].map { name in
      // A return address stands behind a call, so the first two are asked as such.
      try symbols.user([address(name) + 1, address(name) + 1], in: Self.own)[1].name
    }
    #expect(names[0] == "qsort")
    #expect(names[1].contains("swift_retain"))
    #expect(["write", "__write"].contains(names[2]))
  }

  @Test func `the code that the kernel lends has names too`() throws {
    let maps = try #require(Mapping.all(in: "/proc/self/maps", atMost: 10_000, seconds: 60))
    let found = maps.first(where: \.isVDSO)
    let vdso = try #require(found)
    let symbols = Symbolizer { Issue.record("\($0)") }
    let places = stride(from: vdso.start, to: vdso.end, by: 16)
    let names = Set(symbols.user(Array(places), in: Self.own).map(\.name))
    #expect(names.contains { $0.contains("clock_gettime") }, "\(names)")
  }

  @Test func `an address of nothing is unknown, and one without a symbol has its file's`() throws {
    let symbols = Symbolizer { _ in }
    #expect(symbols.user([16], in: Self.own).map(\.name) == ["[unknown]"])
    let gone = AddressSpace(pid: 4_194_304, generation: 1)
    #expect(symbols.user([16], in: gone).map(\.name) == ["[unknown]"])
    #expect(
      symbols.user([16], in: AddressSpace(pid: 0, generation: 1)).map(\.name) == ["[unknown]"])
  }

  @Test func `a process that ends keeps its names until the second summary without it`() throws {
    let symbols = Symbolizer { Issue.record("\($0)") }
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sleep")
    process.arguments = ["60"]
    try process.run()
    let space = AddressSpace(pid: UInt32(process.processIdentifier), generation: 1)
    symbols.look(at: space)
    let maps = try #require(
      Mapping.all(in: "/proc/\(process.processIdentifier)/maps", atMost: 10_000, seconds: 60))
    let place = try #require(maps.first { $0.isFile }).start
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    for number in 1...2 {
      // A report of the programs is read after the process has ended.
      symbols.look(at: space)
      symbols.lookAgain()
      let name = symbols.user([place + UInt64(number)], in: space).map(\.name)
      #expect(name != ["[unknown]"], "summary \(number)")
      symbols.forgetGone()
    }
    symbols.lookAgain()
    #expect(symbols.user([place], in: space).map(\.name) == ["[unknown]"])
  }

  @Test func `single events of processes without end leave little behind`() throws {
    let symbols = Symbolizer { _ in }
    // There is no process of such a number.
    let spaces = (1...10_007).map { AddressSpace(pid: 4_194_304 + UInt32($0), generation: 1) }
    for space in spaces {
      symbols.meet(space)
      _ = symbols.user([16], in: space)
      symbols.meet(Self.own)
      _ = symbols.user([16], in: Self.own)
    }
    let left = spaces.count(where: symbols.knows)
    #expect((1...600).contains(left) && symbols.knows(Self.own), "\(left)")
  }
}
