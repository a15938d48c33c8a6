import CSystem
import Glibc

/// What the figures were measured on.
enum Machine {
  static func description(place: Place) -> [String: String] {
    var name = utsname()
    uname(&name)
    let release = withUnsafeBytes(of: name.release) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    let model = value("model name", in: "/proc/cpuinfo", separator: ":") ?? "unknown"
    let system = value("PRETTY_NAME", in: "/etc/os-release", separator: "=") ?? "unknown"
    return [
      "CPU": "\(place.processors) × \(model)",
      "kernel": release,
      "system": system.split(separator: "\"").joined(),
    ]
  }

  /// Whether the kernel notes when it issues a request to the disk of a file, as it does for
  /// its writeback throttling.
  static func requestsCarryTime(of file: String) -> Bool {
    var numbers: [UInt32] = [0, 0]
    guard bench_disk(file, &numbers) == 0 else { return false }
    let disk = "/sys/dev/block/\(numbers[0]):\(numbers[1])"
    // A partition has its queue one folder above.
    let latency =
      contents("\(disk)/queue/wbt_lat_usec") ?? contents("\(disk)/../queue/wbt_lat_usec")
    return (latency.flatMap { Int($0.filter(\.isNumber)) } ?? 0) > 0
  }

  private static func value(_ key: String, in file: String, separator: Character) -> String? {
    for line in (contents(file) ?? "").split(separator: "\n") where line.hasPrefix(key) {
      let text = line.split(separator: separator, maxSplits: 1).last ?? ""
      return String(text.drop { $0 == " " || $0 == "\t" })
    }
    return nil
  }
}
