import BPFObjects
import TraceKit

/// Which rows are shown.
struct LockTimesChoice {
  let caller: String?
  /// Of each side.
  let most: Int
  /// How many frames tell callers apart.
  let frames: Int
  let order: LockTimesOrder
  /// Whether each summary has only what is new.
  let isReset: Bool
}

/// By what rows are sorted, the greatest first.
struct LockTimesOrder {
  enum Field: String {
    case max, total, count

    func value(_ times: lock_times) -> UInt64 {
      switch self {
      case .max: times.max_ns
      case .total: times.total_ns
      case .count: times.count
      }
    }
  }

  var wait = Field.max
  var hold = Field.max

  init() {}

  @Sendable init(parsing text: String) throws {
    for name in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let field = Field(rawValue: String(name.dropFirst(4))) else { throw Self.unknown }
      switch name.prefix(4) {
      case "acq_": wait = field
      case "hld_": hold = field
      default: throw Self.unknown
      }
    }
  }

  private static let unknown = ValidationError(
    "use acq_max, acq_total, acq_count, hld_max, hld_total or hld_count, or one of each")
}
