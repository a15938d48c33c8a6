/// A unit of data, by its letter: `b` bits, `k` and `m` of them in powers of 1024, and `B`,
/// `K` and `M` the same of bytes.
public enum ByteUnit: String, CaseIterable, ExpressibleByArgument, Sendable {
  case bits = "b"
  case kilobits = "k"
  case megabits = "m"
  case bytes = "B"
  case kilobytes = "K"
  case megabytes = "M"

  /// What a heading calls it.
  public var heading: String {
    switch self {
    case .bits: "BITS"
    case .kilobits: "KBITS"
    case .megabits: "MBITS"
    case .bytes: "BYTES"
    case .kilobytes: "KB"
    case .megabytes: "MB"
    }
  }

  /// How many of its parts a byte has, and how many parts it has.
  var parts: UInt64 {
    switch self {
    case .bits, .kilobits, .megabits: 8
    case .bytes, .kilobytes, .megabytes: 1
    }
  }

  var divisor: UInt64 {
    switch self {
    case .bits, .bytes: 1
    case .kilobits, .kilobytes: 1 << 10
    case .megabits, .megabytes: 1 << 20
    }
  }
}
