import Foundation
import Testing

@Suite struct DoctorTests {
  @Test(
    arguments: [
      ["nosuch"], ["--format", "xml"], ["--btf", "/nosuch"], ["--json", "--format", "csv"],
    ])
  func `is refused in one line that names it`(arguments: [String]) throws {
    let result = try run("doctor", arguments)
    #expect(result.status == 64)
    #expect(result.output == "")
    #expect(result.errorLines.count == 1)
    #expect(result.errors.hasPrefix("doctor: "))
    #expect(result.errors.contains(arguments[0]))
  }

  @Test func `an ordinary user is told for each tool what is missing`() throws {
    let result = try run("doctor", ["--format", "csv"], through: unprivileged)
    #expect(result.status == 1)
    #expect(result.errors == "")
    let lines = result.output.split(separator: "\n")
    #expect(lines.first == "tool,runs,hooks,reason,cure,command")
    let start =
      ",false,,not permitted,\"run it as root, or with CAP_BPF and CAP_PERFMON\",\"setpriv "
    #expect(
      lines.dropFirst().map { $0.prefix { $0 != "," } } == Repository.tools.map { $0[...] })
    #expect(lines.dropFirst().allSatisfy { $0.contains(start) })
  }

  @Test func `only the tools that are named are asked`() throws {
    let result = try run(
      "doctor", ["runqlat", "--format", "csv", "execsnoop"], through: unprivileged)
    #expect(
      result.output.split(separator: "\n").map { $0.prefix { $0 != "," } }
        == ["tool", "runqlat", "execsnoop"])
  }

  @Test(arguments: Repository.tools)
  func `a check of an ordinary user ends with status 77 and the verdicts`(tool: String) throws {
    let result = try run(tool, ["--check"], through: unprivileged)
    #expect(result.status == 77)
    #expect(result.errors == "")
    let lines = result.output.split(separator: "\n")
    try #require(lines.count >= 2)
    #expect(lines[0].hasPrefix("HOOKS "))
    #expect(lines.dropFirst().allSatisfy { $0.contains(" no    not permitted; run it as root") })
  }

  @Test func `a tool that is not there does not run`() throws {
    let folder = NSTemporaryDirectory() + "doctor-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let library = "libTraceKit.so"
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder)/\(library)", withDestinationPath: "\(Repository.built)/\(library)")
    for name in ["doctor", "runqlat"] {
      try FileManager.default.copyItem(
        atPath: "\(Repository.built)/\(name)", toPath: "\(folder)/\(name)")
    }
    let result = try run(
      "doctor", ["runqlat", "opensnoop", "--format", "csv"], from: folder, through: unprivileged)
    #expect(result.status == 1)
    let lines = result.output.split(separator: "\n").dropFirst()
    #expect(lines.first?.hasPrefix("runqlat,false,,not permitted,") == true)
    #expect(lines.last == "opensnoop,false,,it does not lie beside doctor,install all tools,")
  }
}
