import Foundation
import Testing

@testable import TraceKit

extension Loader {
  /// The program that lists processes, beside what proc says.
  @Suite struct PresentProcesses {
    @Test func `processes are listed as proc shows them, with what they have computed`() throws {
      // Both write a line when they have done what they are there for, and wait.
      let busy = try Waiting("n=0; while [ $n -lt 300000 ]; do n=$((n+1)); done")
      let idle = try Waiting(":")
      defer { [busy, idle].forEach { $0.end() } }
      let listed = try PresentProcess.listed(named: nil)
      let read = PresentProcess.read(named: nil, until: .max)
      #expect(!(listed + read).contains { $0.pid == UInt32(getpid()) })
      for (process, isIdle) in [(busy, false), (idle, true)] {
        let ours = try #require(listed.first { $0.pid == process.pid })
        let theirs = try #require(read.first { $0.pid == process.pid })
        #expect(ours.image == theirs.image && ours.isNamed && theirs.isNamed)
        #expect(ours.isIdle == isIdle && theirs.isIdle == isIdle)
        // Proc counts whole ticks, of each kind of time.
        #expect(ours.runtime <= theirs.runtime + 20_000_000)
        #expect(theirs.runtime <= ours.runtime + 20_000_000)
      }
    }

    @Test func `those with the name that is asked for come first, idle or not`() throws {
      let idle = try Waiting(":", name: "idlesleeper")
      defer { idle.end() }
      for name in ["idlesleeper", "lesleep"] {
        let found = PresentProcess.all(named: name, until: .max)
        #expect(found.first?.pid == idle.pid && found.first?.isNamed == true)
        #expect(found.count > 1 && found.dropFirst().allSatisfy { !$0.isNamed })
      }
    }
  }
}

/// A shell that has run a script and now waits.
private struct Waiting {
  private let process = Process()
  private let input = Pipe()
  private let folder: URL?

  var pid: UInt32 { UInt32(process.processIdentifier) }

  init(_ script: String, name: String? = nil) throws {
    let output = Pipe()
    var shell = URL(filePath: "/bin/sh").resolvingSymlinksInPath()
    folder = name.map { _ in
      FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    }
    if let folder, let name {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
      try FileManager.default.copyItem(at: shell, to: folder.appending(path: name))
      shell = folder.appending(path: name)
    }
    process.executableURL = shell
    process.arguments = ["-c", script + "; echo; read line"]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    _ = output.fileHandleForReading.readData(ofLength: 1)
  }

  func end() {
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    if let folder { try? FileManager.default.removeItem(at: folder) }
  }
}
