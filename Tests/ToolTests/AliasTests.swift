import Foundation
import Testing
import TraceKit

@Suite struct AliasTests {
  static let table: [Alias] = {
    let path = Repository.root + "/Sources/Tools/aliases.txt"
    return Alias.table((try? String(contentsOfFile: path, encoding: .utf8)) ?? "")
  }()
  static let names = table.filter { $0.refusal == nil }
  static let refused = table.filter { $0.refusal != nil }

  /// Runs an executable by another name.
  private func call(
    _ name: String, of tool: String, _ arguments: [String], through prefix: [String] = []
  ) throws -> Finished {
    let folder = NSTemporaryDirectory() + "alias-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder)/\(name)", withDestinationPath: "\(Repository.built)/\(tool)")
    return try run(name, arguments, from: folder, through: prefix)
  }

  @Test func `each alias is of a tool, and no name stands twice`() {
    #expect(Self.names.contains { $0.name == "ext4dist" })
    #expect(Self.names.filter { !Repository.tools.contains($0.tool) } == [])
    let names = Self.table.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(Set(names).isDisjoint(with: Repository.executables))
    // They are words of the Makefile and of C.
    for word in names + Self.names.flatMap(\.arguments) {
      #expect(word.wholeMatch(of: /[a-z0-9_*\/:,.=-]+/) != nil, "\(word)")
    }
  }

  @Test(arguments: names.map(\.name))
  func `a tool says the name by which it was called`(name: String) throws {
    let alias = try #require(Self.names.first { $0.name == name })
    for called in [name, "bpf-\(name)", "\(name)-bpfcc"] {
      let version = try call(called, of: alias.tool, ["--version"])
      #expect(version.output.hasPrefix("\(called) (swift-bpf-tools) "))
      #expect(version.status == 0)
    }
    #expect(try call(name, of: alias.tool, ["--usage"]).output.hasPrefix(name + " "))
    #expect(try call(name, of: alias.tool, ["--help"]).output.contains("USAGE: \(name) "))
    let error = try call(name, of: alias.tool, ["--nosuch"])
    #expect(error.errors == "\(name): Unknown option '--nosuch'\n")
    let script = try call(name, of: alias.tool, ["--generate-completion-script", "fish"])
    #expect(script.output.contains("complete -c '\(name)' "))
    let question = ["---completion", "--", "--hooks", "2", "0", name, "--hooks", ""]
    let hooks = try call(name, of: alias.tool, question).output
    #expect(HookKind.allCases.contains { hooks.contains($0.rawValue) }, "\(hooks)")
  }

  @Test(arguments: ["bpf-opensnoop", "opensnoop-bpfcc"])
  func `a tool knows the names of other packages`(name: String) throws {
    #expect(try call(name, of: "opensnoop", ["-V"]).output.hasPrefix(name + " "))
  }

  @Test(arguments: ["other", "ext4dist", "xopensnoop", "bpf-", "-bpfcc"])
  func `a name that is none of its own is not used`(name: String) throws {
    #expect(try call(name, of: "opensnoop", ["-V"]).output.hasPrefix("opensnoop "))
  }

  @Test(arguments: refused.map(\.name))
  func `a name that no tool has is answered in one line`(name: String) throws {
    let sentence = try #require(Self.refused.first { $0.name == name }?.refusal)
    for arguments in [[], ["--help"], ["-p", "1"]] {
      let result = try call(name, of: "doctor", arguments)
      #expect(result.status == 69)
      #expect(result.output == "")
      #expect(result.errors == "\(name): \(sentence)\n")
    }
    let result = try run("doctor", [name])
    #expect(result.status == 64)
    #expect(result.errors == "doctor: There is no tool '\(name)': \(sentence)\n")
  }

  @Test func `doctor asks a tool under another name`() throws {
    let result = try run(
      "doctor", ["ext4slower", "--format", "csv", "fsdist"], through: unprivileged)
    #expect(
      result.output.split(separator: "\n").map { $0.prefix { $0 != "," } }
        == ["tool", "ext4slower", "fsdist"])
    #expect(result.output.contains("ext4slower,false,,not permitted,"))
  }
}
