import Foundation
import Testing

/// What a tool says of its rows to the exporter.
@Suite struct DescriptionTests {
  private func describe(_ tool: String, _ arguments: [String]) throws -> [[String: Any]] {
    let result = try run(
      tool, Repository.needed(by: tool) + ["--json", "--describe"] + arguments,
      through: unprivileged)
    #expect(result.status == 0 && result.errors == "", "\(tool): \(result.errors)")
    return try result.output.split(separator: "\n").map { line in
      try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  private func roles(_ records: [[String: Any]]) -> [String: String] {
    records.reduce(into: [:]) { roles, record in
      if let name = record["name"] as? String { roles[name] = record["role"] as? String }
    }
  }

  @Test func `events have keys, details and totals`() throws {
    let records = try describe("biosnoop", [])
    #expect(records.first?["rows"] as? String == "events")
    #expect(records.first?["interval_s"] is NSNull)
    let roles = roles(records)
    #expect(roles["disk"] == "key" && roles["sector"] == "detail" && roles["bytes"] == "total")
  }

  @Test func `histograms have their keys, their unit and their interval`() throws {
    let one = try describe("biolatency", ["-D", "2"])
    #expect(one.first?["rows"] as? String == "histograms")
    #expect(one.first?["unit"] as? String == "usecs" && one.first?["interval_s"] as? Int == 2)
    #expect(roles(one)["disk"] == "key")
    let other = try describe("biolatency", ["-m"])
    #expect(other.first?["unit"] as? String == "msecs" && other.first?["interval_s"] is NSNull)
    #expect(roles(other).isEmpty)
  }

  @Test func `chosen columns are those that were asked for`() throws {
    let records = try describe("opensnoop", ["--columns", "path,comm"])
    #expect(Set(roles(records).keys) == ["path", "comm"])
    #expect(records.dropFirst().allSatisfy { $0["listed"] as? Bool == true })
  }

  @Test func `what is wrong with the options is said`() throws {
    let result = try run("biolatency", ["--json", "--describe", "-x"], through: unprivileged)
    #expect(result.status == 64 && result.errors.hasPrefix("biolatency: "))
  }

  @Test func `without the exporter, and with a command, nothing is exported`() throws {
    let folder = NSTemporaryDirectory() + "alone-\(UUID().uuidString)"
    let files = FileManager.default
    try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? files.removeItem(atPath: folder) }
    for name in ["libTraceKit.so", "opensnoop"] {
      try files.copyItem(atPath: "\(Repository.built)/\(name)", toPath: "\(folder)/\(name)")
    }
    let alone = try run("opensnoop", ["--listen", "127.0.0.1:0"], from: folder)
    #expect(alone.status == 69 && alone.errorLines.count == 1)
    #expect(alone.errors.contains("tracing-exporter"))
    let command = try run("opensnoop", ["--otlp", "http://127.0.0.1:1", "--", "true"])
    #expect(command.status == 64 && command.errorLines.count == 1)
  }

  @Test(arguments: [
    [], ["--listen", "127.0.0.1:0"], ["--listen", "nowhere", "--", "opensnoop"],
    ["--listen", "127.0.0.1:0", "--", "opensnoop", "--nosuch"],
    ["--listen", "127.0.0.1:0", "--", "opensnoop", "--", "true"],
    ["--listen", "127.0.0.1:0", "--", "tcpconnect", "-c"],
    ["--listen", "127.0.0.1:0", "--config", "/dev/null"],
    ["--otlp", "https://host", "--", "opensnoop"],
    ["--listen", "127.0.0.1:0", "--interval", "0", "--", "opensnoop"],
  ])
  func `the exporter refuses in one line`(arguments: [String]) throws {
    let result = try run("tracing-exporter", arguments)
    #expect(result.status == 64 && result.output == "")
    #expect(result.errorLines.count == 1 && result.errors.hasPrefix("tracing-exporter: "))
  }
}
