import Foundation
import Testing

@testable import TraceKit

/// What the tools for locks have of their own in TraceKit.
@Suite struct LockTests {
  @Test("variables of the kernel are found by name and by address, functions are not")
  func variables() throws {
    let symbols = try withTemporaryFile { path in
      let text = """
        ffffffff81000000 T function
        ffffffff82000040 D some_mutex
        ffffffff82000060 b some_mutex_too
        ffffffffc0000000 d of_module\t[module]

        """
      try Data(text.utf8).write(to: URL(filePath: path))
      return KernelSymbols(path: path, letters: KernelSymbols.data)
    }
    #expect(symbols.address(of: "some_mutex") == 0xffff_ffff_8200_0040)
    #expect(symbols.address(of: "some_mutex_too") == 0xffff_ffff_8200_0060)
    #expect(symbols.address(of: "of_module") == 0xffff_ffff_c000_0000)
    #expect(symbols.address(of: "some") == nil && symbols.address(of: "function") == nil)
    #expect(symbols.address(of: "") == nil)
    #expect(symbols.function(at: 0xffff_ffff_8200_0060)?.name == "some_mutex_too")
  }

  @Test("a time has its unit in a table, and is in nanoseconds elsewhere")
  func times() {
    let times: [(UInt64, String)] = [
      (0, "0 ns"), (999, "999 ns"), (1000, "1.0 us"), (1_260_000, "1.2 ms"),
      (59_999_000_000, "59.9 s "), (60_000_000_000, "1.0 m "), (7_200_000_000_000, "2.0 h "),
    ]
    for (nanoseconds, words) in times {
      #expect(cell(.table) { $0.scaledTime(nanoseconds: nanoseconds) } == Array(words.utf8))
      #expect(
        cell(.json) { $0.scaledTime(nanoseconds: nanoseconds) } == Array("\(nanoseconds)".utf8))
    }
  }

  @Test("a variable of this process is found by its address")
  func ownVariables() throws {
    let variables = ProcessVariables(of: UInt32(getpid()))
    // glibc's, in the table of dynamic symbols.
    let address = try #require(dlsym(nil, "stdout"))
    #expect(variables.name(of: UInt64(UInt(bitPattern: address))) == "stdout")
    #expect(variables.name(of: 1) == nil)
  }
}
