import Testing

@testable import TraceKit

@Suite struct PathTests {
  private func shown(_ path: String, _ names: String, isCut: Bool = false) -> String {
    let bytes = cell(.table) { cell in
      Array(path.utf8).withUnsafeBytes { path in
        Array(names.utf8).withUnsafeBytes { cell.path(path, below: $0, isCut: isCut) }
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func `a path alone is shown as it is`() {
    #expect(shown("file\0", "") == "file")
    #expect(shown("\0", "") == "")
    #expect(shown("a\nb\0", "") == #"a\nb"#)
  }

  @Test func `the names of its directory come before it, the outermost first`() {
    #expect(shown("file\0", "two\0one\0") == "/one/two/file")
    #expect(shown("./file\0", "one\0") == "/one/./file")
    #expect(shown("file\0", "\0") == "/file")
  }

  @Test func `a directory without a path is all of it`() {
    #expect(shown("", "two\0one\0") == "/one/two")
  }

  @Test func `what is missing is marked`() {
    #expect(shown("", "") == "?")
    #expect(shown("", "", isCut: true) == "?")
    #expect(shown("fi\0", "", isCut: true) == "fi...")
    #expect(shown("file\0", "two\0", isCut: true) == "/two/file...")
  }

  @Test func `names without an end lose no more than their last byte`() {
    #expect(shown("file\0", "two\0one") == "/on/two/file")
    #expect(shown("file", "\0\0") == "///file")
  }
}
