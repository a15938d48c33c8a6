import Testing

@testable import TraceKit

@Suite struct LibraryFunctionTests {
  private func libraries() throws -> [CodeFile] {
    try #require(CodeFile.all(of: "self"))
  }

  @Test func `functions that are looked for by name are those among all`() throws {
    let wanted: Set<String> = ["malloc", "pthread_create", "__libc_start_main", "no such one"]
    var found = 0
    for file in try libraries() {
      guard let all = OpenCodeFile.open([file]).first else { continue }
      let named = OpenCodeFile.open([file], named: wanted).first
      let expected = all.symbols.functions.filter { wanted.contains($0.name) }
      #expect(named?.symbols.functions ?? [] == expected, "\(file.name)")
      found += expected.count
    }
    #expect(found >= 3)
  }

  @Test func `a C library is known by its name or its start`() throws {
    let known = OpenCodeFile.open(try libraries(), named: [FoundFunctions.start]).map {
      FoundFunctions($0)
    }
    #expect(known.contains { $0.isCLibrary })
    #expect(known.allSatisfy { $0.names == [FoundFunctions.start] })
  }

  @Test func `arguments of probes are numbered by where they are`() {
    func probe(_ arguments: String) -> USDTProbe {
      USDTProbe(provider: "a", name: "b", offset: 1, semaphore: nil, arguments: arguments)
    }
    let table = USDTArgumentTable(argument: 1)
    #expect(table.index(of: probe("8@%rdi 8@%rsi")) == 0)
    #expect(table.index(of: probe("4@%eax 8@%rsi")) == 0)
    let others = (0..<80).map { table.index(of: probe("8@%rdi 8@\($0)(%rsi)")) }
    guard KernelFeatures.hasCookies else {
      #expect(others.allSatisfy { $0 == nil })
      return
    }
    #expect(others[0] == 1 && others[62] == 63 && others[63] == nil)
    #expect(table.index(of: probe("8@%rdi 8@3(%rsi)")) == others[3])
  }
}
