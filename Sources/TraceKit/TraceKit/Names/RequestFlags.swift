/// What a block request is for, from its command flags (`enum req_op` and
/// `enum req_flag_bits` of linux/blk_types.h, the same from 5.10 on).
public enum RequestFlags {
  private static let operations: [UInt32: String] = [
    0: "Read", 1: "Write", 2: "Flush", 3: "Discard", 5: "Secure-Erase", 9: "Write-Zeroes",
    10: "Zone-Open", 11: "Zone-Close", 12: "Zone-Finish", 13: "Zone-Append", 15: "Zone-Reset",
    17: "Zone-Reset-All", 32: "SCSI-In", 33: "SCSI-Out", 34: "Driver-In", 35: "Driver-Out",
  ]

  private static let flags: [(bit: UInt32, name: String)] = [
    (21, "NoWait"), (20, "Background"), (19, "ReadAhead"), (18, "PreFlush"), (17, "FUA"),
    (16, "Integrity"), (15, "Idle"), (14, "NoMerge"), (13, "Priority"), (12, "Metadata"),
    (11, "Sync"),
  ]

  /// Such as "Sync-Read" or "ReadAhead-Metadata-Read".
  public static func text(_ bits: UInt32) -> String {
    let operation = operations[bits & 0xff] ?? "Operation-\(bits & 0xff)"
    return flags.filter { bits & 1 << $0.bit != 0 }.map { $0.name + "-" }.joined() + operation
  }

  private static let operationLetters: [UInt32: String] = [
    0: "R", 1: "W", 2: "F", 3: "D", 5: "DE", 9: "WZ", 10: "ZO", 11: "ZC", 12: "ZF", 13: "ZA",
    15: "ZR", 17: "ZRA",
  ]

  /// The letters that the kernel's own tracepoints have for them, such as "WS" for a
  /// write that somebody waits for: an F in front for a flush before it, then the
  /// operation, F for forced unit access, A for read ahead, S for sync, M for metadata.
  public static func letters(_ bits: UInt32) -> String {
    func letter(_ bit: UInt32, _ letter: String) -> String { bits & 1 << bit != 0 ? letter : "" }
    return letter(18, "F") + (operationLetters[bits & 0xff] ?? "N")
      + letter(17, "F") + letter(19, "A") + letter(11, "S") + letter(12, "M")
  }
}
