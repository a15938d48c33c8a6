import Foundation
import Testing

/// A command line that must be refused, and the words that must name it.
private struct Refusal: CustomStringConvertible, Sendable {
  let tool: String
  let arguments: [String]
  let named: [String]

  var description: String { ([tool] + arguments).joined(separator: " ") }

  static var all: [Refusal] {
    Repository.tools.flatMap { tool -> [Refusal] in
      var lines = [
        ["--columns", "nosuch"], ["--columns", "+"], ["--hooks", "nosuch"], ["--format", "xml"],
        ["--time-format", "nosuch"], ["--duration", "0"], ["--duration", "-1"],
        ["--btf", "/nosuch"],
      ].map { Refusal(tool: tool, arguments: $0, named: [$0[0], $0[1]]) }
      lines += [["--nosuch"], ["-0"], ["--stats=3"], ["--json", "--format", "csv"]].map {
        Refusal(tool: tool, arguments: $0, named: [String($0[0].prefix { $0 != "=" })])
      }
      let help = (try? run(tool, ["--help"]).output) ?? ""
      if help.contains("--cgroup <") { lines += filters(of: tool) }
      for pid in ["-p", "--pid"] where help.contains("\n  \(pid), ") || help.contains("\n  \(pid) ")
      {
        lines += ["abc", "-1", "0", "99999999999999", "12abc", "", "1,", "4194305"].map {
          Refusal(tool: tool, arguments: [pid, $0], named: [pid, "'\($0)'"])
        }
        lines.append(Refusal(tool: tool, arguments: [pid], named: [pid]))
      }
      if help.contains("\n  --max-events ") {
        for (option, value) in [
          ("--max-events", "0"), ("--max-events", "12abc"), ("--buffer-size", "1"),
          ("--buffer-size", "9999999999G"), ("--uid", "nosuch user"), ("--comm", ""),
        ] {
          lines.append(Refusal(tool: tool, arguments: [option, value], named: [option]))
        }
      }
      return lines
        + Repository.lines("refuses", of: tool).map {
          Refusal(tool: tool, arguments: $0, named: $0)
        }
    }
  }
}

extension Refusal {
  /// What a tool with filters of tasks refuses.
  private static func filters(of tool: String) -> [Refusal] {
    var lines = [
      ["--cgroup", "/nosuch"], ["--unit", "nosuch"], ["--container", "nosuch"],
      ["--cgroupmap", "/nosuch"], ["--mntnsmap", "/nosuch"],
    ].map {
      Refusal(tool: tool, arguments: $0, named: $0)
    }
    lines += ["--unit", "--container"].map {
      Refusal(tool: tool, arguments: [$0, ""], named: [$0, "name is missing"])
    }
    for (one, other) in [("--unit", "--container"), ("--cgroup", "--unit")] {
      lines.append(Refusal(tool: tool, arguments: [one, "a", other, "b"], named: [one, other]))
    }
    return lines
  }
}

@Suite struct BadInputTests {
  @Test func `each file belongs to a tool, and no line is another kind`() throws {
    let folder = Repository.root + "/Tests/ToolTests/Tools"
    for file in try FileManager.default.contentsOfDirectory(atPath: folder) {
      let name = file.prefix { $0 != "." }
      #expect(file == "\(name).txt" && Repository.tools.contains(String(name)))
      let kinds = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
        .split(separator: "\n").map { $0.prefix { $0 != " " } }
      #expect(Set(kinds).subtracting(["needs", "columns", "refuses", "functions"]) == [])
    }
  }

  /// With -vv libbpf says what it opens, so one line tells that it opened
  /// nothing.
  @Test(arguments: Refusal.all)
  private func `is refused in one line, and nothing is loaded`(refusal: Refusal) throws {
    let needed = Repository.needed(by: refusal.tool)
    let result = try run(refusal.tool, ["--verbose", "--verbose"] + needed + refusal.arguments)
    #expect(result.status == 64)
    #expect(result.output == "")
    #expect(result.errorLines.count == 1, "\(result.errors)")
    #expect(result.errors.hasPrefix("\(refusal.tool): "))
    for word in refusal.named { #expect(result.errors.contains(word), "\(result.errors)") }
  }

  @Test(arguments: Repository.tools)
  func `with -vv libbpf does say what it opens`(tool: String) throws {
    let quick = ["--verbose", "--verbose", "--duration", "0.001", "--output", "/dev/null"]
    let result = try run(tool, quick + Repository.needed(by: tool))
    // A kernel may refuse all that such a tool could attach.
    if !Repository.lines("functions", of: tool).isEmpty, result.status == 69 { return }
    #expect(result.status == 0, "\(result.errorLines.suffix(3))")
    #expect(result.errorLines.contains { $0.hasPrefix("libbpf: ") })
  }

  @Test(arguments: Repository.tools)
  func `the sentence of a refused choice ends with what there is`(tool: String) throws {
    let format = try run(tool, ["--format", "xml"])
    #expect(
      format.errors == "\(tool): The value 'xml' is invalid for '--format <format>': "
        + "use one of 'table', 'json' or 'csv'\n")
    let hooks = try run(tool, ["--hooks", "nosuch"])
    #expect(
      hooks.errors == "\(tool): The value 'nosuch' is invalid for '--hooks <hooks>': "
        + "use one of tp_btf, fentry, tracepoint, raw_tp, kprobe, perf_event, uprobe, cgroup_skb, "
        + "tcx, xdp\n")
  }
}
