import CLinux
import Glibc

/// Signals by the names that the system's headers give them.
public enum SignalNames {
  /// Real-time signals. The kernel has two more below, which the C library keeps for itself.
  private static let realTime: ClosedRange<Int32> = 34...greatest

  private static let greatest: Int32 = 64

  /// The name of a signal, such as `SIGKILL` or `SIGRTMIN+1`; nil where it has none.
  public static func name(of signal: some BinaryInteger) -> String? {
    guard let signal = Int32(exactly: signal) else { return nil }
    if let name = linux_signal_name(signal) { return "SIG" + String(cString: name) }
    guard realTime.contains(signal) else { return nil }
    return signal == realTime.lowerBound ? "SIGRTMIN" : "SIGRTMIN+\(signal - realTime.lowerBound)"
  }

  /// The names of all that have one.
  static var all: [String] { (1...greatest).compactMap { name(of: $0) } }

  /// What a signal says, such as `Killed`.
  public static func description(of signal: UInt32) -> String {
    guard let text = strsignal(Int32(clamping: signal)) else { return "\(signal)" }
    return String(cString: text)
  }

  /// The number of a signal, by its name with or without `SIG`, or given as a number.
  ///
  /// - Throws: where there is no such signal. The number 0, which only asks whether a
  ///   process can be sent one, is a signal too.
  public static func number(of text: String) throws -> UInt32 {
    if let number = UInt32(text), number <= greatest { return number }
    let plain = text.uppercased()
    let name = plain.hasPrefix("SIG") ? plain : "SIG" + plain
    guard let number = (1...greatest).first(where: { self.name(of: $0) == name }) else {
      throw Parse.Reason(description: "there is no such signal")
    }
    return UInt32(number)
  }

  /// Numbers of signals with commas between their names.
  public static func numbers(of text: String) throws -> [UInt32] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map {
      try number(of: String($0))
    }
  }
}
