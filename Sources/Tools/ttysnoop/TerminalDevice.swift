import Glibc
import TraceKit

/// The device of a terminal, as the kernel numbers it.
struct TerminalDevice {
  let number: UInt32
  /// Where its number is unique; 0: on the machine.
  let fileSystem: UInt32

  /// - Parameter text: the path of a device, its name below `/dev`, or the number of a
  ///   pseudo-terminal.
  init(_ text: String) throws {
    let path =
      text.hasPrefix("/") ? text : UInt32(text) == nil ? "/dev/\(text)" : "/dev/pts/\(text)"
    var status = stat()
    guard unsafe stat(path, &status) == 0 else {
      throw ValidationError("\(path) is no terminal: \(ErrorNumber.current)")
    }
    number = Self.kernelNumber(status.st_rdev)
    guard status.st_mode & S_IFMT == S_IFCHR, Self.isTerminal(number) else {
      throw ValidationError("\(path) is no terminal")
    }
    fileSystem = Self.isPseudo(number) ? Self.kernelNumber(status.st_dev) : 0
  }

  /// sys/sysmacros.h, whose macros Swift does not see.
  private static func kernelNumber(_ device: dev_t) -> UInt32 {
    let major = device >> 8 & 0xfff | device >> 32 & 0xffff_f000
    let minor = device & 0xff | device >> 12 & 0xffff_ff00
    return UInt32(truncatingIfNeeded: major << 20 | minor & 0xf_ffff)
  }

  private static func isPseudo(_ number: UInt32) -> Bool { (136..<144).contains(number >> 20) }

  /// The same as the programs say; a process's own terminal has no number of its own.
  private static func isTerminal(_ number: UInt32) -> Bool {
    isPseudo(number) || [4, 166, 188, 204, 229].contains(number >> 20) || number == 5 << 20 | 1
  }

  /// Its name below `/dev`, or its two numbers.
  static func name(of number: UInt32) -> String {
    let (major, minor) = (number >> 20, number & 0xf_ffff)
    return switch major {
    case 136..<144: "pts/\((major - 136) << 20 + minor)"
    case 4 where minor < 64: "tty\(minor)"
    case 4: "ttyS\(minor - 64)"
    case 5 where minor == 1: "console"
    case 166: "ttyACM\(minor)"
    case 188: "ttyUSB\(minor)"
    case 229: "hvc\(minor)"
    default: "\(major):\(minor)"
    }
  }
}
