import Foundation
import Testing

/// What a shell asks of a tool, as the completion scripts do.
@Suite struct CompletionTests {
  /// - Parameter words: the command line without the tool; the last one is completed.
  private func candidates(
    _ tool: String, _ option: String, _ words: [String]
  ) throws -> [String] {
    let result = try run(
      tool,
      ["---completion", "--", option, "\(words.count)", "\(words.last?.utf8.count ?? 0)", tool]
        + words,
      through: unprivileged)
    #expect(result.status == 0)
    #expect(result.errors == "")
    return result.output.split(separator: "\n").map(String.init)
  }

  @Test(arguments: Repository.tools)
  func `any user is offered the columns and the hooks of a tool`(tool: String) throws {
    let needed = Repository.needed(by: tool)
    let keys = Repository.lines("columns", of: tool).first ?? []
    let hasNone = keys == ["none"]
    let columns = try candidates(
      tool, "--columns", needed + (hasNone ? [] : keys) + ["--columns", ""])
    #expect(columns.isEmpty == hasNone)
    #expect(Set(columns).count == columns.count)
    // The key by which JSON distinguishes records.
    #expect(!columns.contains("type"))
    let hooks = try candidates(tool, "--hooks", ["--hooks", ""])
    #expect(!hooks.isEmpty)
    #expect(hooks.allSatisfy { $0.wholeMatch(of: /[a-z_]+(:[1-9])?/) != nil })
  }

  @Test func `options change the columns`() throws {
    #expect(try candidates("biolatency", "--columns", ["--columns", ""]) == [])
    #expect(try candidates("biolatency", "--columns", ["-D", "--columns", ""]) == ["disk"])
  }

  @Test(arguments: ["--columns", "--hooks"])
  func `a question writes no file and starts no command`(option: String) throws {
    let path = NSTemporaryDirectory() + "completion-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try "kept".write(toFile: path, atomically: false, encoding: .utf8)
    for (tool, words) in [
      ("opensnoop", ["--output", path]), ("profile", ["--flamegraph", path]),
      ("biolatency", ["-D", "--heatmap", path]), ("biosnoop", ["--heatmap", path]),
      ("opensnoop", ["--exec", "rm \(path)"]),
    ] {
      #expect(try !candidates(tool, option, words + [option, ""]).isEmpty)
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "kept")
  }

  @Test func `a process is offered with its name`() throws {
    let own = "\(ProcessInfo.processInfo.processIdentifier)"
    #expect(try candidates("opensnoop", "--pid", ["--pid", "1,"]).contains("1," + own))
    #expect(try candidates("opensnoop", "--pid", ["--pid", own + ","]).contains(own + ",1"))
  }
}
