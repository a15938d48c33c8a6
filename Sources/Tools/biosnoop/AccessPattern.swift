import BPFObjects
import TraceKit

/// Whether a request begins where the one before it on its disk ended.
enum AccessPattern {
  /// One letter for a person; nothing for the first request of a disk and for those
  /// without data.
  static func write(_ pattern: UInt32, to cell: borrowing Cell) {
    switch pattern {
    case UInt32(PATTERN_SEQUENTIAL): cell.literal("sequential", table: "S")
    case UInt32(PATTERN_RANDOM): cell.literal("random", table: "R")
    default: cell.none(table: "?")
    }
  }
}
