import Testing

@testable import TraceKit

@Suite struct RecordedFindingTests {
  /// What is read is what was written, and nothing is read of a part of it.
  private func check<Finding: RecordedFinding>(_ finding: Finding) throws -> Finding {
    let bytes = finding.recorded
    let read = try #require(Finding(recorded: bytes))
    #expect(read.words == finding.words && !read.words.isEmpty)
    #expect(read.recorded == bytes)
    for length in stride(from: 0, to: bytes.count, by: max(bytes.count / 997, 1)) {
      #expect(Finding(recorded: Array(bytes[..<length])) == nil)
    }
    #expect(Finding(recorded: bytes + [0]) == nil)
    return read
  }

  @Test func `functions have their names`() throws {
    let found = try check(TracedFunctions(["c:getp?id", "c:getuid"], in: nil, only: nil))
    #expect(found.names == ["getpgid", "getppid", "getuid"])
  }

  @Test func `probes have their questions and their names`() throws {
    let probes = try AskedProbes(
      ["c:getp?id (arg1 > 3) \"%d of %s\", arg1, arg2", "r:c:getuid"], of: nil, only: nil,
      textSize: 20, comparesBytes: false, readsTypes: false, function: "f", tracepoint: "t")
    let read = try check(probes)
    #expect(read.asked.map(\.names) == probes.asked.map(\.names))
    #expect(read.asked[0].textBytes == 20 && read.hasMessages && read.areInPrograms)
  }

  @Test(.enabled(if: SnoopedCallTests.hasTypes)) func `calls have the types of their values`()
    throws
  {
    let calls = try SnoopedCalls(
      ["vfs_read", "t:signal:signal_generate(sig == 10, info, task->comm)"].map(CallQuestion.init),
      SnoopedCallTests.programs, textSize: 80, memorySize: 1024, inOrder: false)
    let read = try check(calls)
    #expect(read.calls.map(\.name) == ["vfs_read", "signal_generate"])
    let info = try #require(read.calls[1].begin?.items.first { $0.label == "info" })
    #expect(info.type == "struct kernel_siginfo *" && info.layout.isStructure)
  }

  @Test(.enabled(if: SnoopedCallTests.hasTypes)) func `a name that could change a line is none`()
    throws
  {
    let calls = try SnoopedCalls(
      [CallQuestion("vfs_read")], SnoopedCallTests.programs, textSize: 80, memorySize: 1024,
      inOrder: false)
    let place = try #require(calls.recorded.firstIndex(of: UInt8(ascii: "v")))
    for byte: UInt8 in [0x0a, 0x1b, 0x22, 0x80] {
      var bytes = calls.recorded
      bytes[place] = byte
      #expect(SnoopedCalls(recorded: bytes) == nil)
    }
  }
}
