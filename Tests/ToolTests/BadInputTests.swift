import Testing

/// What a tool's command line has beyond that of all tools.
private struct Described {
  /// How it spells the option for processes; nil where it has none.
  var pid: String?
  /// Whether it prints a row for each event.
  var hasRows = false
  /// More that it must refuse: the arguments, the last of which is named.
  var refused: [[String]] = []
}

private func ports(_ count: Int) -> String {
  (1...count).map(String.init).joined(separator: ",")
}

/// A new tool is one line here.
private let described: [String: Described] = [
  "biolatency": Described(refused: [["-d", "nosuchdisk"], ["0"], ["12abc"]]),
  "biosnoop": Described(
    pid: "--pid", hasRows: true,
    refused: [["-d", "nosuchdisk"], ["-m", "-1"], ["-m", "1e3"], ["0"], ["12abc"]]),
  "biotop": Described(
    pid: "-p", refused: [["-s", "nosuch"], ["-r", "0"], ["-d", "nosuchdisk"], ["0"], ["12abc"]]),
  "cachestat": Described(refused: [["0"], ["12abc"]]),
  "capable": Described(
    pid: "-p", hasRows: true,
    refused: [["--cap", "nosuch"], ["--cap", "64"], ["-u", "nosuch"]]),
  "execsnoop": Described(pid: "--pid", hasRows: true, refused: [["--max-args", "0"]]),
  "offcputime": Described(
    pid: "-p",
    refused: [["-m", "-1"], ["-u", "-k"], ["--state", "x"], ["-U", "-K"], ["12abc"]]),
  "fsdist": Described(pid: "-p", refused: [["0"], ["12abc"], ["-t", "nosuch"]]),
  "fsslower": Described(
    pid: "-p", hasRows: true, refused: [["12abc"], ["-m", "-1"], ["-t", "x"]]),
  "funclatency": Described(
    pid: "-p",
    refused: [
      ["-l", "0"], ["-l", "17"], ["-i", "1x"], ["--microseconds", "--milliseconds"],
      ["--count", "0"], ["extra"],
    ]),
  "gethostlatency": Described(
    pid: "-p", hasRows: true, refused: [["-l", "/nosuch"], ["-l", "/etc/passwd"], ["extra"]]),
  "opensnoop": Described(pid: "-p", hasRows: true, refused: [["-f", "O_NOSUCH"], ["extra"]]),
  "profile": Described(
    pid: "-p",
    refused: [
      ["-F", "0"], ["-c", "1"], ["-C", "99999"],
      ["--stack-storage-size", "0"], ["--perf-max-stack-depth", "128"], ["-f", "--json"],
    ]),
  "runqlat": Described(pid: "-p", refused: [["0"], ["12abc"]]),
  "syscount": Described(
    pid: "-p",
    refused: [
      ["-e", "ENOSUCH"], ["-e", "0"], ["-e", "4096"], ["--syscall", "nosuch"], ["-T", "0"],
      ["-i", "-1"], ["-i", "1x"], ["--count", "0"], ["--ppid", "0"], ["extra"],
    ]),
  "tcpconnect": Described(pid: "-p", hasRows: true, refused: [["-P", "0"], ["-P", "80,65536"]]),
  "tcplife": Described(
    pid: "-p", hasRows: true,
    refused: [
      ["-L", "0"], ["-L", ports(65)], ["-D", "80,65536"], ["--netns", "nosuch"],
      ["--netns", "/proc/self/ns/mnt"], ["--netns", "0"],
    ]),
  "tcpretrans": Described(pid: "--pid", hasRows: true, refused: [["--netns", "nosuch"]]),
]

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
        ["--btf", "/nosuch"], ["--cgroup", "/nosuch"], ["--unit", "nosuch"],
        ["--container", "nosuch"],
      ].map { Refusal(tool: tool, arguments: $0, named: [$0[0], $0[1]]) }
      lines += [["--nosuch"], ["-0"], ["--stats=3"], ["--json", "--format", "csv"]].map {
        Refusal(tool: tool, arguments: $0, named: [String($0[0].prefix { $0 != "=" })])
      }
      lines += ["--unit", "--container"].map {
        Refusal(tool: tool, arguments: [$0, ""], named: [$0, "name is missing"])
      }
      for (one, other) in [("--unit", "--container"), ("--cgroup", "--unit")] {
        lines.append(
          Refusal(tool: tool, arguments: [one, "a", other, "b"], named: [one, other]))
      }
      guard let more = described[tool] else { return lines }
      if let pid = more.pid {
        lines += ["abc", "-1", "0", "99999999999999", "12abc", "", "1,", "4194305"].map {
          Refusal(tool: tool, arguments: [pid, $0], named: [pid, "'\($0)'"])
        }
        lines.append(Refusal(tool: tool, arguments: [pid], named: [pid]))
      }
      if more.hasRows {
        for (option, value) in [
          ("--max-events", "0"), ("--max-events", "12abc"), ("--buffer-size", "1"),
          ("--buffer-size", "9999999999G"), ("--uid", "nosuch user"), ("--comm", ""),
        ] {
          lines.append(Refusal(tool: tool, arguments: [option, value], named: [option]))
        }
      }
      return lines + more.refused.map { Refusal(tool: tool, arguments: $0, named: $0) }
    }
  }
}

@Suite struct BadInputTests {
  @Test func `every tool is described`() {
    #expect(!Repository.tools.isEmpty)
    #expect(Repository.tools.filter { described[$0] == nil } == [])
  }

  /// With -vv libbpf says what it opens, so one line tells that it opened
  /// nothing.
  @Test(arguments: Refusal.all)
  private func `is refused in one line, and nothing is loaded`(refusal: Refusal) throws {
    let needed = Repository.needed(by: refusal.tool)
    let result = try run(refusal.tool, ["-vv"] + needed + refusal.arguments)
    #expect(result.status == 64)
    #expect(result.output == "")
    #expect(result.errorLines.count == 1, "\(result.errors)")
    #expect(result.errors.hasPrefix("\(refusal.tool): "))
    for word in refusal.named { #expect(result.errors.contains(word), "\(result.errors)") }
  }

  @Test(arguments: Repository.tools)
  func `with -vv libbpf does say what it opens`(tool: String) throws {
    let quick = ["-vv", "--duration", "0.001", "--output", "/dev/null"]
    let result = try run(tool, quick + Repository.needed(by: tool))
    #expect(result.status == 0)
    #expect(result.errorLines.contains { $0.hasPrefix("libbpf: ") })
  }

  @Test(arguments: Repository.tools)
  func `the sentence of a refused choice ends with what there is`(tool: String) throws {
    let format = try run(tool, ["--format", "xml"])
    #expect(
      format.errors == "\(tool): The value 'xml' is invalid for '--format <format>': "
        + "it is one of 'table', 'json' or 'csv'\n")
    let hooks = try run(tool, ["--hooks", "nosuch"])
    #expect(
      hooks.errors == "\(tool): The value 'nosuch' is invalid for '--hooks <hooks>': "
        + "it is one of tp_btf, fentry, tracepoint, raw_tp, kprobe, perf_event, uprobe\n")
  }
}
