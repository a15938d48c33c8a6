import TraceKit

/// The kernel's own counters of memory (/proc/vmstat).
enum MemoryCounters {
  /// The value of one; 0 where the kernel has none of that name.
  static func value(of name: String) -> Int {
    let lines = (File.contents(of: "/proc/vmstat") ?? "").split(separator: "\n")
    let line = lines.first { $0.hasPrefix(name + " ") }
    return line.flatMap { Int($0.dropFirst(name.count + 1)) } ?? 0
  }
}
