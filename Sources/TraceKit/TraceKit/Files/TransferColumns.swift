import BPF
import Glibc
public import Wire

/// What is read and written, in the orders and columns of tools that rank it.
extension RankedOrder {
  /// - Parameter moved: the totals of a row.
  public static func transfers<Key, Totals>(
    _ moved: @escaping @Sendable (Totals) -> transfer_totals
  ) -> [RankedOrder] where Row == RankedRow<Key, Totals> {
    func by(_ values: [@Sendable (transfer_totals) -> UInt64]) -> [@Sendable (Row) -> UInt64] {
      values.map { value in { row in value(moved(row.totals)) } }
    }
    return [
      RankedOrder(
        "all", by: by([{ $0.read_bytes + $0.write_bytes + $0.reads + $0.writes }])),
      RankedOrder("reads", by: by([\.reads, \.read_bytes])),
      RankedOrder("writes", by: by([\.writes, \.write_bytes])),
      RankedOrder("rbytes", key: "R", by: by([\.read_bytes, \.reads])),
      RankedOrder("wbytes", key: "W", by: by([\.write_bytes, \.writes])),
    ]
  }
}

extension Column {
  /// How many reads and writes, and how many bytes.
  public static func transfers<Key, Totals>(
    _ moved: @escaping @Sendable (Totals) -> transfer_totals
  ) -> [Column] where Row == RankedRow<Key, Totals> {
    [
      Column("reads", "READS", width: 6, role: .total) { $1.integer(moved($0.totals).reads) },
      Column("writes", "WRITES", width: 6, role: .total) { $1.integer(moved($0.totals).writes) },
      Column("read_bytes", "R_Kb", width: 7) { $1.kilobytes(moved($0.totals).read_bytes) },
      Column("write_bytes", "W_Kb", width: 7) { $1.kilobytes(moved($0.totals).write_bytes) },
    ]
  }
}

extension Cell {
  /// The name of a file; nothing where it has none, as a pipe.
  public func fileName<Characters: BitwiseCopyable>(_ name: Characters) {
    withUnsafeBytes(of: name) { bytes in
      if bytes.first == 0 { none() } else { text(bytes.upToNUL) }
    }
  }

  /// - Parameter type: as the upper bits of a mode have it.
  public func fileType(_ type: UInt32) {
    switch type & S_IFMT {
    case S_IFREG: literal("regular", table: "R")
    case S_IFSOCK: literal("socket", table: "S")
    default: literal("other", table: "O")
    }
  }
}

extension HookPlan {
  /// The programs of `lib/transfers.bpf.h`.
  public static var transfers: [HookPlan] {
    systemCallExits(
      of: transferCalls + ["sendfile", "copy_file_range", "splice"],
      optional: ["request_completes"], needsTypes: true)
  }

  /// The calls of `lib/transfer_calls.bpf.h`.
  public static var transferCalls: [String] {
    [
      "read", "pread64", "readv", "preadv", "preadv2", "write", "pwrite64", "writev", "pwritev",
      "pwritev2",
    ]
  }
}
