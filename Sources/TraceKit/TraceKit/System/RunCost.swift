import Glibc

/// What a run cost the machine, for `--stats`.
struct RunCost {
  /// From the start of the run to its end, in nanoseconds.
  let elapsed: UInt64
  let eventsPerSecond: UInt64
  /// Of the output so far.
  let writtenBytes: UInt64
  /// CPU time of the whole process, in microseconds.
  let user: UInt64
  let system: UInt64
  let maps: MapMemory
  /// Time in the tool's programs, in nanoseconds, on the CPUs of those that they
  /// observed; nil where the kernel did not measure it.
  let programs: UInt64?

  init(
    elapsed: UInt64, seen: UInt64, writtenBytes: UInt64, maps: MapMemory, user: UInt64,
    system: UInt64, programs: UInt64?
  ) {
    self.elapsed = elapsed
    self.writtenBytes = writtenBytes
    self.maps = maps
    self.user = user
    self.system = system
    self.programs = programs
    eventsPerSecond = UInt64(Double(seen) * 1e9 / Double(max(elapsed, 1)))
  }

  /// The cost of a run that ended at a time of the kernel's clock. To detach the
  /// programs afterwards takes a while, in which nothing is seen.
  init(_ ledger: Ledger, _ output: Output, _ clock: EventClock, end: UInt64) {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    self.init(
      elapsed: clock.elapsed(end), seen: ledger.seen,
      writtenBytes: output.writtenBytes, maps: ledger.maps, user: Self.microseconds(usage.ru_utime),
      system: Self.microseconds(usage.ru_stime), programs: ledger.programTime)
  }

  private static func microseconds(_ time: timeval) -> UInt64 {
    UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_usec)
  }

  /// One line for a person.
  func sentence(tool: String) -> String {
    let out = OutputBuffer(capacity: 256)
    out.append(tool)
    out.append(": ")
    out.append(elapsed / 1_000_000, per: 1000, decimals: 3)
    out.append(" s, \(eventsPerSecond) events/s, \(writtenBytes) bytes written, ")
    out.append("\((maps.bytes + 1023) / 1024) KB for maps and buffers, CPU ")
    out.append(user, per: 1_000_000, decimals: 6)
    out.append(" s user and ")
    out.append(system, per: 1_000_000, decimals: 6)
    out.append(" s system, ")
    if let programs {
      out.append(programs / 1000, per: 1_000_000, decimals: 6)
      out.append(" s in BPF programs")
    } else {
      out.append(
        "the time in BPF programs is unknown: not permitted (it needs CAP_SYS_ADMIN, or "
          + "kernel.bpf_stats_enabled=1)")
    }
    return out.withBytes { String(decoding: $0, as: UTF8.self) }
  }

  /// The keys that it adds to the last record of JSON.
  func writeJSON(to out: OutputBuffer) {
    out.append(",\"elapsed_ns\":\(elapsed),\"events_per_second\":\(eventsPerSecond)")
    out.append(",\"written_bytes\":\(writtenBytes),\"user_us\":\(user),\"system_us\":\(system)")
    out.append(",\"map_bytes\":\(maps.bytes),\"map_bytes_per_cpu\":\(maps.perCPU)")
    out.append(",\"program_ns\":\(programs.map(String.init) ?? "null")")
  }
}
