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
  /// Options of the tool that cost or save something, for a second measurement.
  var options: [String] = []
  var writers = 1
  /// Whether the tool's programs run for these operations at all.
  var isSeen = true
  /// The arguments of one writer that does so many operations.
  let arguments: @Sendable (Int) -> [String]
}

extension Storm {
  static func all(file: String) -> [Storm] {
    [
      Storm(
        name: "opens", operation: "open and close of a file that is there", count: 100_000,
        tool: "opensnoop", systemCall: "openat", options: ["-p", "1"],
        arguments: { ["opens", "\($0)", "openat", "/etc/hostname", "0", "0"] }),
      Storm(
        name: "opens-missing", operation: "open of a file that is missing", count: 100_000,
        tool: "opensnoop", systemCall: "openat",
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
