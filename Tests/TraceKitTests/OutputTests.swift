import Foundation
import Testing

@testable import TraceKit

@Suite struct OutputTests {
  /// The two ends of a pipe.
  private func makePipe() throws -> (reader: Int32, writer: Int32) {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    return (ends[0], ends[1])
  }

  @Test func `a pipe whose reader is gone is closed`() throws {
    signal(SIGPIPE, SIG_IGN)
    let (reader, writer) = try makePipe()
    close(reader)
    defer { close(writer) }
    let output = Output(descriptor: writer)
    output.buffer.append("nobody reads this")
    #expect(throws: Output.Closed.self) { try output.flush() }
    // What could not be written is not tried again.
    #expect(output.buffer.count == 0)
  }

  @Test func `a full device is an error that names it`() throws {
    let output = try Output.file("/dev/full")
    defer { close(output.descriptor) }
    output.buffer.append("x")
    let error = try #require(throws: ToolError.self) { try output.flush() }
    #expect(error.status == .failure)
    #expect(
      error.description == "cannot write the output: No space left on device (ENOSPC)")
  }

  @Test func `a file that cannot be made is named`() throws {
    let error = try #require(throws: ToolError.self) { _ = try Output.file("/nosuch/file") }
    #expect(error.status == .failure)
    #expect(
      error.description == "cannot open '/nosuch/file' for writing: "
        + "No such file or directory (ENOENT)")
  }

  @Test func `a file is emptied before it is written`() throws {
    try withTemporaryFile { path in
      try Data("what was there before, and longer".utf8).write(to: URL(filePath: path))
      let output = try Output.file(path)
      #expect(!output.isTerminal)
      for word in ["one\n", "", "two\n"] {
        output.buffer.append(word)
        try output.flush()
      }
      close(output.descriptor)
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "one\ntwo\n")
    }
  }

  @Test(arguments: [false, true])
  func `all bytes reach a reader that is slower than the pipe`(isNonBlocking: Bool) throws {
    let (reader, writer) = try makePipe()
    if isNonBlocking { _ = fcntl(writer, F_SETFL, O_NONBLOCK) }
    let expected = (0..<100_000).flatMap { Array("\($0)\n".utf8) }
    let received = Received()
    let done = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      received.data = FileHandle(fileDescriptor: reader, closeOnDealloc: true).readDataToEndOfFile()
      done.signal()
    }
    let output = Output(descriptor: writer)
    expected.withUnsafeBytes { output.buffer.append(bytes: $0) }
    #expect(output.isFull)
    try output.flush()
    #expect(!output.isFull)
    close(writer)
    done.wait()
    #expect(Array(received.data) == expected)
  }

  @Test func `one is not in the plural`() {
    let texts = [0, 1, 2].map { counted($0, "events") }
    #expect(texts == ["0 events", "1 event", "2 events"])
    #expect(counted(12_345, "requests", as: grouped(12_345)) == "12,345 requests")
  }

  /// Written by one thread, and read by another after a semaphore.
  private final class Received: @unchecked Sendable {
    var data = Data()
  }
}
