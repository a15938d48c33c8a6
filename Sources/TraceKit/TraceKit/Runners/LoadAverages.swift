/// The load averages, as the kernel writes them.
enum LoadAverages {
  /// A line; empty where there are none.
  static var current: String { File.contents(of: "/proc/loadavg") ?? "" }

  /// Writes a line with the time and what they were then.
  static func write(
    _ load: String, at time: UInt64, as format: TimeFormat, by clock: EventClock,
    to out: OutputBuffer
  ) {
    let start = out.count
    clock.write(time, as: format, to: out)
    if out.count > start { out.append(" ") }
    out.append("loadavg: ")
    out.append(escaped: load.last == "\n" ? String(load.dropLast()) : load)
    out.append("\n")
  }
}
