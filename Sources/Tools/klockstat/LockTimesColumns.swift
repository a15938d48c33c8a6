import BPFObjects
import TraceKit

extension Column<LockTimesRow> {
  static var sides: [Column<LockTimesRow>] {
    [
      Column("time", "TIME", width: 8, presence: .hidden) { $1.time($0.time) },
      Column("side", "SIDE", width: 4, presence: .hidden, role: .key) { $1.text($0.side.rawValue) },
    ]
  }

  /// Of the longest wait or hold.
  static var longest: [Column<LockTimesRow>] {
    [
      Column("kind", "KIND", width: 18, presence: .hidden, role: .key) {
        $1.text(KernelLockNames.kind($0.key.kind))
      },
      Column("max_pid", "MAXPID", width: 7, presence: .hidden) { $1.integer($0.times.pid) },
      Column("max_tid", "MAXTID", width: 7, presence: .hidden) { $1.integer($0.times.tid) },
      Column("max_comm", "MAXCOMM", width: 16, presence: .hidden) {
        $1.text(cString: $0.times.comm)
      },
      Column("max_lock", "MAXLOCK", width: 18, presence: .hidden) {
        $1.text("0x" + String($0.times.lock, radix: 16))
      },
      Column("max_lock_name", "LOCKNAME", width: 20, presence: .hidden) {
        $1.textOrNone(KernelLockNames.variables.name(of: $0.times.lock))
      },
    ]
  }
}

extension LockTimesRow {
  /// The other frames, and whose the longest was.
  func details(callerWidth: Int) -> [String] {
    let others = places.dropFirst().map {
      String(repeating: " ", count: max(0, callerWidth - $0.utf8.count)) + $0
    }
    let comm = withUnsafeBytes(of: times.comm) { String(decoding: $0.upToNUL, as: UTF8.self) }
    let name = KernelLockNames.variables.name(of: times.lock) ?? "no-ksym"
    return others + [
      String(repeating: " ", count: 30)
        + "Max PID \(times.pid), COMM \(comm), Lock \(name) "
        + "(0x\(String(times.lock, radix: 16)))"
    ]
  }
}
