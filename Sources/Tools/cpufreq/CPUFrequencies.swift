import TraceKit

/// At which frequencies the CPUs run, as the kernel says before it changes one.
enum CPUFrequencies {
  private static let folder = "/sys/devices/system/cpu"

  /// Whether the kernel knows them.
  static var areKnown: Bool { File.exists("\(folder)/cpufreq/policy0") || khz(of: 0) != nil }

  /// That of a CPU; nil where it is not known.
  static func khz(of cpu: Int32) -> UInt32? {
    guard let text = File.contents(of: "\(folder)/cpu\(cpu)/cpufreq/scaling_cur_freq") else {
      return nil
    }
    return UInt32(text.prefix { $0.isNumber })
  }
}
