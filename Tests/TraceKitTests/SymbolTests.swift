import Foundation
import Testing

@testable import TraceKit

@Suite struct DemanglingTests {
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
    ("_ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write"),
    (
      "_ZN66_$LT$alloc..vec..Vec$LT$T$GT$$u20$as$u20$core..ops..drop..Drop$GT$4drop17"
        + "h0123456789abcdefE",
      "<alloc::vec::Vec<T> as core::ops::drop::Drop>::drop"
    ),
  ])
  func `a linker's name becomes that of the source`(symbol: String, name: String) {
    #expect(Demangling.name(of: symbol) == name)
  }

  @Test func `a name of Rust that stands in itself ends`() {
    // A type that refers back to itself.
    let names = ["_RINvC1a1bRB7_E", "_RINvC1a1bTB7_B7_EE"]
    for name in names { #expect(Demangling.name(of: name) == name) }
    let deep = "_RINvC1a1b" + String(repeating: "R", count: 10_000) + "hE"
    #expect(Demangling.name(of: deep) == deep)
  }
}

@Suite struct MappingTests {
  @Test func `a line of code in a file is read`() throws {
    let line = "7f1000002000-7f1000005000 r-xp 00002000 fd:01 1234    /usr/lib/a b.so (deleted)"
    let mapping = try #require(Mapping(line: line[...]))
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
    let mapping = try #require(Mapping(line: line[...]))
    #expect(mapping.isAnonymous == isAnonymous)
    #expect(mapping.isVDSO == isVDSO)
    #expect(!mapping.isFile)
  }

  @Test(arguments: ["", "7f00-7f10 rw-p 00000000 00:00 0", "x-y r-xp 0 00:00 0", "7f00 r-xp 0 0 0"])
  func `other lines are passed over`(line: String) {
    #expect(Mapping(line: line[...]) == nil)
  }
}

@Suite struct PerfMapTests {
  @Test func `an address is found in what was written last`() {
    let map = PerfMap(
      Array("1000 10 first\n0x2000 20 a name; with  spaces\nbroken\n1000 8 second\nzz 1 x\n".utf8))
    #expect(map.function(at: 0x1000) == "second")
    #expect(map.function(at: 0x1007) == "second")
    #expect(map.function(at: 0x2000) == "a name; with  spaces")
    #expect(map.function(at: 0x201f) == "a name; with  spaces")
    #expect(map.function(at: 0x2020) == nil)
    #expect(map.function(at: 0xfff) == nil)
  }

  @Test func `a size beyond all memory is passed over`() {
    #expect(PerfMap(Array("ffffffffffffff00 1000 x\n".utf8)).function(at: .max) == nil)
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
    let maps = try #require(File.contents(of: "/proc/self/maps"))
    let lines = maps.split(separator: "\n").compactMap { Mapping(line: $0) }
    let found = lines.first(where: \.isVDSO)
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
}
