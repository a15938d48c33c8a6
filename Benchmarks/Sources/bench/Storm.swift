import Glibc

/// A workload: many operations of one kind, as fast as they go.
struct Storm {
  let name: String
  /// What one operation is.
  let operation: String
  /// How many operations in a full run, in all processes together.
  let count: Int
  /// The tool that shows these operations, and the peers' commands for them.
  let tool: String
  /// What strace and perf are told to trace.
  let systemCall: String
  /// What the tool is always given.
  var given: [String] = []
  /// Options of the tool that cost or save something, for a second measurement.
  var options: [String] = []
  var writers = 1
  /// The programs of floor.bpf.c that do the least for such an operation.
  var floor: [String] = []
  /// Whether the tool's programs run for these operations at all.
  var isSeen = true
  /// Whether a bar is held against it. The others are measured beside libbpf-tools alone,
  /// in fewer rounds, and in whole runs only.
  var isJudged = true
  /// The arguments of one writer that does so many operations.
  let arguments: @Sendable (Int) -> [String]
}

extension Storm {
  static func all(file: String) -> [Storm] { judged(file: file) + others(file: file) }

  private static func judged(file: String) -> [Storm] {
    [
      Storm(
        name: "opens", operation: "open and close of a file that is there", count: 300_000,
        tool: "opensnoop", systemCall: "openat", options: ["-p", "1"],
        arguments: { ["opens", "\($0)", "openat", "/etc/hostname", "0", "0"] }),
      Storm(
        name: "opens-missing", operation: "open of a file that is missing", count: 300_000,
        tool: "opensnoop", systemCall: "openat", floor: ["open_exit"],
        arguments: { ["opens", "\($0)", "openat", "/nonexistent-file", "0", "0"] }),
      Storm(
        name: "opens-two", operation: "open and close, by two writers at a time", count: 200_000,
        tool: "opensnoop", systemCall: "openat", writers: 2,
        arguments: { ["opens", "\($0)", "openat", "/etc/hostname", "0", "0"] }),
      Storm(
        name: "execs", operation: "fork, exec and end of /bin/true", count: 2000,
        tool: "execsnoop", systemCall: "execve", options: ["-x"],
        arguments: { ["execs", "\($0)", "execve", "/bin/true", "true"] }),
      Storm(
        name: "reads", operation: "random read of 4 KB with O_DIRECT", count: 20_000,
        tool: "biolatency", systemCall: "pread64", options: ["-D"],
        floor: ["request_issue", "request_complete"],
        arguments: { ["reads", "\($0)", file] }),
      Storm(
        name: "pings", operation: "byte to another process and back (two switches, one CPU)",
        count: 50_000, tool: "runqlat", systemCall: "read,write", options: ["-P"],
        arguments: { ["pings", "\($0)"] }),
      Storm(
        name: "connects", operation: "TCP connection over loopback, accepted and closed",
        count: 20_000, tool: "tcpconnect", systemCall: "connect", options: ["-L"],
        arguments: { ["connects", "\($0)", "4"] }),
      Storm(
        name: "calls", operation: "getppid, which no tool shows", count: 2_000_000,
        tool: "opensnoop", systemCall: "openat", isSeen: false,
        arguments: { ["calls", "\($0)"] }),
    ]
  }

  /// For the tools that no bar stands for, each named by its tool.
  private static func others(file: String) -> [Storm] {
    func storm(
      _ tool: String, _ operation: String, _ count: Int, given: [String] = [],
      isSeen: Bool = true, _ arguments: @escaping @Sendable (Int) -> [String]
    ) -> Storm {
      Storm(
        name: tool, operation: operation, count: count, tool: tool, systemCall: "",
        given: given, isSeen: isSeen, isJudged: false, arguments: arguments)
    }
    let request = "random read of 4 KB with O_DIRECT"
    let page = "read of a page of a file that is in the page cache"
    let call = "getppid"
    let pages: @Sendable (Int) -> [String] = { ["pages", "read", "1", "\($0)", file] }
    let calls: @Sendable (Int) -> [String] = { ["calls", "\($0)"] }
    return [
      storm("biosnoop", request, 20_000) { ["reads", "\($0)", file] },
      storm("biotop", request, 20_000) { ["reads", "\($0)", file] },
      storm("cachestat", page, 16_384, pages),
      storm("fsdist", page, 16_384, given: ["-t", "ext4"], pages),
      storm("fsslower", page, 16_384, given: ["-t", "ext4"], pages),
      storm("offcputime", "byte to another process and back (two switches, one CPU)", 50_000) {
        ["pings", "\($0)"]
      },
      storm(
        "profile", call + ", while 49 samples a second are taken", 10_000_000, isSeen: false, calls),
      storm("syscount", call, 2_000_000, calls),
      storm("funclatency", "syscall() of the C library", 200_000, given: ["c:syscall"], calls),
      storm("gethostlatency", "getaddrinfo of localhost", 2000) { ["lookups", "\($0)"] },
      storm("capable", "chroot to /", 100_000) { ["checks", "\($0)", "sys_chroot"] },
      storm("tcplife", "TCP connection over loopback, accepted and closed", 20_000) {
        ["connects", "\($0)", "4"]
      },
      storm(
        "tcpretrans", "TCP connection over loopback, without a retransmission", 20_000,
        isSeen: false
      ) { ["connects", "\($0)", "4"] },
    ]
  }
}

/// The processes of a storm, ready to go.
struct Workload {
  private let writers: [Child]
  var processes: [pid_t] { writers.map(\.pid) }

  /// Starts the writers; one alone is bound to the last CPU.
  init(_ storm: Storm, operations: Int, place: Place) throws(Failure) {
    if storm.writers == 1 { place.bindToLast() }
    defer { place.unbind() }
    var started: [Child] = []
    for number in 0..<storm.writers {
      let command =
        [place.build + "/workload"] + storm.arguments(operations / storm.writers)
      let child = try Child(
        command, output: nil, errors: place.scratch + "/workload\(number).errors")
      guard child.readLine()?.hasPrefix("ready") == true else {
        let reason = contents(place.scratch + "/workload\(number).errors") ?? ""
        throw Failure("the workload \(storm.name) does not start: \(reason)")
      }
      started.append(child)
    }
    writers = started
  }

  /// Lets it go and waits for its end.
  ///
  /// - Returns: the seconds that it took.
  func run() -> Double {
    let start = now()
    for writer in writers { writer.send("\n") }
    for writer in writers { writer.readToEnd() }
    let end = now()
    for writer in writers { writer.wait() }
    return end - start
  }
}
