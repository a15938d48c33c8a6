import Foundation
import TestSupport
import Testing

/// Texts that a traced process chose to do harm, and what becomes of them.
enum Hostile {
  /// Every byte that can stand in the name of a file.
  static let everyByte = (1...255).map { UInt8($0) }.filter { $0 != UInt8(ascii: "/") }

  static let names: [[UInt8]] = [
    everyByte,
    // Two lines up, and that line is gone.
    Array("\u{1b}[2A\u{1b}[2K\r".utf8),
    Array("two\nlines\r\nand\u{2028}more".utf8),
    Array("user\u{202e}gnp.exe\u{2066}\u{200f}".utf8),
    Array(#"quote " comma , backslash \ "#.utf8),
    [0x61, 0xff, 0xc3, 0xe2, 0x28, 0xa1, 0xf0, 0x9f, 0xed, 0xa0, 0x80, 0x9b, 0x33, 0x6d],
  ]

  static let comm: [UInt8] = Array("\u{1b}[1A\n\u{7}".utf8) + [0xff, 0x9b, 0x22, 0x2c]

  /// How the workload is given bytes.
  static func argument(_ bytes: [UInt8]) -> String {
    "hex:" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// A table: UTF-8 without anything that moves a cursor or turns a direction.
  static func expectHarmless(_ output: Data, lines: Int) throws {
    guard let text = String(validating: output, as: UTF8.self) else {
      Issue.record("the table is no UTF-8")
      return
    }
    let harmful = text.unicodeScalars.filter { scalar in
      switch scalar.properties.generalCategory {
      case .control: scalar != "\n"
      case .lineSeparator, .paragraphSeparator: true
      default: scalar.properties.isBidiControl
      }
    }
    #expect(harmful.isEmpty, "\(text.debugDescription)")
    #expect(output.count { $0 == UInt8(ascii: "\n") } == lines, "\(text)")
  }

  /// What jq prints of JSON lines.
  static func jq(_ filter: String, _ input: Data) throws -> [String] {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let path = (folders + ["/usr/bin"]).map { "\($0)/jq" }.first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
    guard let path else { throw LiveError("there is no jq: packaging/dependencies test") }
    let scratch = try Scratch()
    let file = scratch.path + "/input"
    try input.write(to: URL(filePath: file))
    let process = try Subprocess([path, "-c", "-r", filter, file])
    guard try process.wait() == .exited(0) else {
      throw LiveError("jq refuses it: \(process.errors.text)")
    }
    return process.output.text.split(separator: "\n", omittingEmptySubsequences: false)
      .dropLast().map(String.init)
  }
}

extension Live {
  /// No byte that a traced process chose is lost in JSON or CSV, and none reaches
  /// a terminal as it is.
  @Suite struct HostileBytes {
    @Test("names of files of every byte", arguments: Hostile.names.indices)
    func opens(_ index: Int) throws {
      let scratch = try Scratch()
      let path = Array((scratch.path + "/").utf8) + Hostile.names[index]
      let workload = try Workload(
        "opens", "--comm", Hostile.argument(Hostile.comm), "23", "openat",
        Hostile.argument(path), "\(O_CREAT | O_RDWR)", "0600")
      let runs = try ["json", "csv", "table"].map { format in
        try TracedRun("opensnoop", ["--format", format, "-p", "\(workload.pid)"])
      }
      let terminal = try Terminal()
      let watched = try TracedRun(
        "opensnoop", ["-p", "\(workload.pid)"], output: .descriptor(terminal.line))
      let outcomes = try workload.run()
      #expect(outcomes.allSatisfy { $0[0] >= 0 }, "the file could not be made")
      let results = try runs.map { try $0.stop() }

      let decoded = try Hostile.jq(
        #"select(.type == "open") | [.path_base64 // (.path | @base64), "#
          + #".comm_base64 // (.comm | @base64)] | join(" ")"#, results[0].output)
      let expected =
        Data(path).base64EncodedString() + " " + Data(Hostile.comm).base64EncodedString()
      #expect(decoded == Array(repeating: expected, count: 23))
      #expect(try results[0].rows().count == 23)

      let records = try StrictCSV(Array(results[1].output)).records
      #expect(records.count == 24)
      let header = records[0].map { String(decoding: $0, as: UTF8.self) }
      let place = try #require(header.firstIndex(of: "path"))
      let comm = try #require(header.firstIndex(of: "comm"))
      #expect(records.dropFirst().allSatisfy { $0[place] == path && $0[comm] == Hostile.comm })
      #expect(records.allSatisfy { $0.count == header.count })

      try Hostile.expectHarmless(results[2].output, lines: 24)
      let screen = try terminal.read { $0.count { $0 == UInt8(ascii: "\n") } >= 24 }
      #expect(try watched.stop().end == .exited(0))
      try Hostile.expectHarmless(screen, lines: 24)
    }

    @Test("arguments of every byte")
    func execs() throws {
      let program = Executable.path("workload")
      let arguments = Hostile.names + [[], Hostile.everyByte + Array("//".utf8)]
      let workload = try Workload(
        ["execs", "23", "execve", program, "nothing"] + arguments.map(Hostile.argument))
      let runs = try ["json", "csv", "table"].map { format in
        try TracedRun("execsnoop", ["--format", format, "-P", "\(workload.pid)"])
      }
      let terminal = try Terminal()
      let watched = try TracedRun(
        "execsnoop", ["-q", "-P", "\(workload.pid)"], output: .descriptor(terminal.line))
      try workload.run()
      let results = try runs.map { try $0.stop() }
      let whole = [Array(program.utf8)] + arguments

      let decoded = try Hostile.jq(
        #"select(.type == "exec") | .args_base64 // (.args | map(@base64)) | join(" ")"#,
        results[0].output)
      let expected = whole.map { Data($0).base64EncodedString() }.joined(separator: " ")
      #expect(decoded == Array(repeating: expected, count: 23))

      let records = try StrictCSV(Array(results[1].output)).records
      #expect(records.count == 24)
      let place = try #require(records[0].firstIndex(of: Array("args".utf8)))
      let line = Array(whole.joined(separator: CollectionOfOne(UInt8(ascii: " "))))
      #expect(records.dropFirst().allSatisfy { $0[place] == line })

      try Hostile.expectHarmless(results[2].output, lines: 24)
      let screen = try terminal.read { $0.count { $0 == UInt8(ascii: "\n") } >= 24 }
      #expect(try watched.stop().end == .exited(0))
      try Hostile.expectHarmless(screen, lines: 24)
    }
  }
}
