import Foundation
import Testing

@testable import BPF

@Suite struct ProbedFileTests {
  private func inode(_ path: String) -> UInt64 {
    var status = stat()
    return stat(path, &status) == 0 ? UInt64(status.st_ino) : 0
  }

  @Test func `it stays the file that was opened, and says when that was written`() throws {
    let path = FileManager.default.temporaryDirectory.path + "/probed-\(getpid())"
    try Data("one".utf8).write(to: URL(filePath: path))
    defer { unlink(path) }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    let file = try #require(ProbedFile(descriptor))
    close(descriptor)
    let opened = inode(path)
    #expect(!file.hasChanged)
    // Another file takes its place.
    try Data("two".utf8).write(to: URL(filePath: path + "-new"))
    try #require(rename(path + "-new", path) == 0)
    #expect(inode(path) != opened)
    #expect(inode(file.path) == opened)
    #expect(!file.hasChanged)
    let writer = open(file.path, O_WRONLY)
    defer { close(writer) }
    try #require(write(writer, "more", 4) == 4)
    #expect(file.hasChanged)
    #expect(ProbedFile(-1) == nil)
  }
}
