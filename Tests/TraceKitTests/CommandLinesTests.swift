import Testing

@testable import TraceKit

@Suite struct CommandLinesTests {
  @Test func `the arguments of a process have blanks between them`() throws {
    let line = try #require(CommandLines().line(of: OwnProcess.id))
    let words = CommandLine.arguments.joined(separator: " ")
    #expect(words.hasPrefix(String(decoding: line, as: UTF8.self)))
    #expect(line.last != UInt8(ascii: " ") && !line.contains(0))
  }

  @Test func `who is not there has none`() {
    #expect(CommandLines().line(of: UInt32.max) == nil)
  }
}
