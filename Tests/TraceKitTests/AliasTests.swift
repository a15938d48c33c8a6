import Testing

@testable import TraceKit

@Suite struct AliasTests {
  private static let table = Alias.table(
    """
    # name tool arguments
    short   long    -k  --for=1

    -odd    long    pattern_*
    gone    refused use that instead
    """)

  private func invocation(_ path: String) -> Invocation {
    Invocation(path: path, aliases: Self.table)
  }

  @Test func `a table is read by words`() {
    #expect(Self.table.map(\.name) == ["short", "-odd", "gone"])
    #expect(Self.table.map(\.tool) == ["long", "long", "refused"])
    #expect(Self.table[0].arguments == ["-k", "--for=1"])
    #expect(Self.table.map(\.refusal) == [nil, nil, "use that instead"])
    #expect(Alias.table("").isEmpty)
  }

  @Test(arguments: ["short", "/usr/sbin/short", "./bpf-short", "short-bpfcc"])
  func `the arguments of a name come first`(path: String) throws {
    let invocation = invocation(path)
    #expect(invocation.commandLine(["-p", "1"]) == ["-k", "--for=1", "-p", "1"])
    #expect(invocation.name(of: "long") == path.split(separator: "/").last.map(String.init))
    // A shell's question is not about them.
    #expect(invocation.commandLine(["---completion", "--"]) == ["---completion", "--"])
  }

  @Test(arguments: ["long", "/bin/long", "bpf-long", "long-bpfcc"])
  func `a tool has its own name in several forms`(path: String) {
    #expect(invocation(path).commandLine(["-p"]) == ["-p"])
    #expect(invocation(path).name(of: "long") == path.split(separator: "/").last.map(String.init))
  }

  @Test(arguments: ["", "/", "other", "shorter", "bpf-", "-bpfcc", "bpf-bpf-short", "\u{1b}[2J"])
  func `any other name is the tool's own`(path: String) {
    #expect(invocation(path).commandLine(["-p"]) == ["-p"])
    #expect(invocation(path).name(of: "long") == "long")
  }
}
