import Glibc

/// Block devices by name and by number.
public enum Disks {
  /// The number of a device, as the kernel writes it in sysfs.
  public struct Number: Hashable, Sendable {
    public let major: UInt32
    public let minor: UInt32

    public init(major: UInt32, minor: UInt32) {
      self.major = major
      self.minor = minor
    }

    /// Both in one.
    var device: UInt64 { UInt64(major) << 32 | UInt64(minor) }

    /// As the kernel writes it in sysfs.
    var text: String { "\(major):\(minor)" }

    init?(parsing text: some StringProtocol) {
      let parts = text.split(separator: ":").map { UInt32(String($0.filter(\.isNumber))) }
      guard parts.count == 2, let major = parts[0], let minor = parts[1] else { return nil }
      self.init(major: major, minor: minor)
    }
  }

  /// The number of the disk with this name, such as "sda" or "/dev/sda".
  ///
  /// - Throws: a reason where there is no such disk, or it is a partition, of
  ///   which the kernel does not know when it completes a request.
  public static func number(of name: String) throws -> Number {
    let short = name.hasPrefix("/dev/") ? String(name.dropFirst("/dev/".count)) : name
    if let replay = Replay.current {
      guard let device: UInt64 = replay.names.number(of: short, "disk") else {
        throw Parse.Reason(description: "the recording has no such disk")
      }
      return Number(major: UInt32(device >> 32), minor: UInt32(truncatingIfNeeded: device))
    }
    guard !short.isEmpty, !short.contains("/"),
      let text = File.contents(of: "/sys/class/block/\(short)/dev"),
      let number = Number(parsing: text)
    else { throw Parse.Reason(description: "there is no such disk") }
    guard !File.exists("/sys/class/block/\(short)/partition") else {
      throw Parse.Reason(description: "it is a partition; name its disk")
    }
    return number
  }

  /// The same, or of the disk with this number, such as "8:0".
  public static func find(_ text: String) throws -> Number {
    try number(of: Number(parsing: text).map(name) ?? text)
  }

  /// The major number that the kernel gave to a driver of block devices; nil where it is not
  /// loaded.
  public static func major(of driver: String) -> UInt32? {
    let lines = (File.contents(of: "/proc/devices") ?? "").split(separator: "\n")
    for line in lines.drop(while: { !$0.hasPrefix("Block") }) {
      let words = line.split(separator: " ")
      if words.count == 2, words[1] == driver { return UInt32(words[0]) }
    }
    return nil
  }

  /// The name of a disk; its number where it is gone.
  public static func name(of number: Number) -> String {
    let numbers = number.text
    var target = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = readlink("/sys/dev/block/\(numbers)", &target, target.count)
    guard length > 0 else { return numbers }
    let path = String(decoding: target[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
    return path.split(separator: "/").last.map(String.init) ?? numbers
  }
}
