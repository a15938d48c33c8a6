import TraceKit

/// A part of the report: what it is about, and the tools that are asked.
struct Section {
  let name: String
  let title: String
  let probes: [Probe]

  static let names = all.map(\.name)

  static let all = [
    Section(
      name: "cpu", title: "Who runs, and who waits for a CPU",
      probes: [
        Probe(
          "profile", "-F", "\(Probe.frequency)", "--flamegraph", "/proc/self/fd/3",
          noun: "CPUs", shape: .samples, limit: .percent(80),
          closer: "profile --flamegraph cpu.svg",
          weight: { $0.number("count") }),
        Probe(
          "runqlat", noun: "waits for a CPU", shape: .latency, limit: .microseconds(10_000),
          closer: "runqlat -P"),
        Probe(
          "runqslower", "10000", noun: "waits for a CPU of 10 ms and more", limit: .perSecond(1),
          closer: "runqslower -P"),
        Probe(
          "throttlesnoop", noun: "time held back by CPU limits", unit: .time, limit: .any,
          closer: "throttlesnoop", weight: { $0.number("held_us") }),
      ]),
    Section(
      name: "waits", title: "Who waits for devices and locks of the kernel",
      probes: [
        Probe(
          "offcputime", "-u", "--state", "2", noun: "uninterruptible sleep", unit: .time,
          limit: .perSecond(100_000), closer: "offcputime -u --state 2 --flamegraph off.svg",
          weight: { $0.number("total_us") })
      ]),
    Section(
      name: "disks", title: "Disks",
      probes: [
        Probe(
          "biolatency", "-D", noun: "I/O", shape: .latency, limit: .microseconds(20_000),
          closer: "biosnoop", key: "disk"),
        Probe(
          "biotop", Probe.once, "1", noun: "bytes moved", unit: .bytes,
          limit: .perSecond(Probe.manyBytes),
          closer: "biotop", weight: { $0.number("bytes") }),
      ]),
    Section(
      name: "files", title: "Files and the page cache",
      probes: [
        Probe(
          "opensnoop", "-x", noun: "failed opens", limit: .perSecond(10), closer: "opensnoop -x"),
        Probe(
          "fsslower", "10", noun: "file operations of 10 ms and more", limit: .any,
          closer: "fsslower"),
        Probe(
          "filetop", Probe.once, "1", "-r", "1000", noun: "bytes read and written", unit: .bytes,
          limit: .perSecond(Probe.manyBytes), closer: "filetop", key: "file",
          weight: { ($0.number("read_bytes") ?? 0) + ($0.number("write_bytes") ?? 0) }),
        Probe(
          "cachestat", Probe.once, "1", noun: "reads found in the page cache", shape: .ratio,
          limit: .below(80), closer: "cachetop"),
      ]),
    Section(
      name: "sockets", title: "TCP and dropped packets",
      probes: [
        Probe(
          "tcpconnect", "-x", noun: "failed connections", limit: .any, closer: "tcpconnect -x"),
        Probe("tcplife", noun: "ended TCP sessions", limit: .perSecond(100), closer: "tcplife"),
        Probe(
          "tcpretrans", noun: "TCP retransmissions", limit: .perSecond(1), closer: "tcpretrans",
          key: "remote", weight: { $0.number("segments") }),
        Probe(
          "dropsnoop", noun: "dropped packets", limit: .perSecond(1), closer: "dropsnoop",
          key: "reason"),
      ]),
    Section(
      name: "memory", title: "Memory",
      probes: [
        Probe("oomkill", noun: "processes killed for memory", limit: .any, closer: "oomkill")
      ]),
    Section(
      name: "calls", title: "Failed system calls",
      probes: [
        Probe(
          "syscount", "-x", noun: "failed calls", limit: .perSecond(1000),
          closer: "syscount -x -P", key: "syscall", weight: { $0.number("count") })
      ]),
    Section(
      name: "processes", title: "New processes",
      probes: [
        Probe("execsnoop", noun: "started programs", limit: .perSecond(20), closer: "execsnoop")
      ]),
  ]
}

/// A tool, and how its rows become findings.
struct Probe: Sendable {
  /// What is made of its rows.
  enum Shape {
    /// Added up by a key.
    case events
    /// Histograms of microseconds.
    case latency
    /// What ran on the CPUs.
    case samples
    /// Hits and misses.
    case ratio
  }

  let tool: String
  let arguments: [String]
  /// What the rows are, in the plural.
  let noun: String
  let shape: Shape
  let unit: Figure.Unit
  let limit: Limit
  /// The command that looks closer.
  let closer: String
  /// By what the rows are told apart.
  let key: String
  let weight: @Sendable (JSONRecord) -> Double?

  /// Of the samples, a second on each CPU.
  static let frequency = 49
  /// An interval that no run reaches, so that there is one summary at its end.
  static let once = "86400"
  /// Of 1024 times 1024 each, a hundred.
  static let manyBytes = Double(100 << 20)

  init(
    _ tool: String, _ arguments: String..., noun: String, shape: Shape = .events,
    unit: Figure.Unit = .count, limit: Limit, closer: String, key: String = "comm",
    weight: @escaping @Sendable (JSONRecord) -> Double? = { _ in 1 }
  ) {
    self.tool = tool
    self.arguments = arguments
    self.noun = noun
    self.shape = shape
    self.unit = unit
    self.limit = limit
    self.closer = closer
    self.key = key
    self.weight = weight
  }

  var drawsStacks: Bool { shape == .samples }
}
