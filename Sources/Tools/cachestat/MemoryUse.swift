import TraceKit

/// What the machine's memory is used for, as `/proc/meminfo` has it.
enum MemoryUse: String {
  /// Pages of the page cache that hold blocks of devices.
  case buffers = "Buffers"
  /// All other pages of the page cache.
  case cached = "Cached"

  /// In bytes; 0 where it cannot be read.
  var bytes: UInt64 {
    for line in (File.contents(of: "/proc/meminfo") ?? "").split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count > 1, words[0] == "\(rawValue):" else { continue }
      return (UInt64(words[1]) ?? 0) << 10
    }
    return 0
  }
}
