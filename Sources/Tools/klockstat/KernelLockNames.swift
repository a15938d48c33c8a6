import BPFObjects
import TraceKit

/// What locks, their kinds and those that acquire them are called.
enum KernelLockNames {
  static let variables = KernelVariables()

  static func address(of lock: String) throws -> UInt64 {
    if let address = variables.address(of: lock) { return address }
    guard lock.hasPrefix("0x"), let address = UInt64(lock.dropFirst(2), radix: 16), address > 0
    else {
      throw ToolError(
        .usage, "--lock: the kernel names no variable '\(lock)'; give its address, as in 0xffff...")
    }
    return address
  }

  static func kind(_ bits: UInt32) -> String {
    let bits = Int32(bits)
    let way = bits & LOCK_READ != 0 ? "-read" : bits & LOCK_WRITE != 0 ? "-write" : ""
    if bits & LOCK_MUTEX != 0 { return "mutex" }
    if bits & LOCK_PERCPU != 0 { return "percpu-rwsem" + way }
    if bits & LOCK_RT != 0 { return way.isEmpty ? "rt-mutex" : "rt-rwlock" + way }
    if bits & LOCK_SPINS != 0 { return way.isEmpty ? "spinlock" : "rwlock" + way }
    return way.isEmpty ? "semaphore" : "rwsem" + way
  }

  /// How the functions begin that acquire locks for others.
  private static let functions = [
    "mutex_", "_mutex_", "__mutex_", "ww_mutex_", "__ww_mutex_", "down_", "_down_", "__down_",
    "___down_", "rwsem_", "percpu_down_", "__percpu_down_", "rt_mutex_", "__rt_mutex_", "rtlock_",
    "rt_spin_", "_raw_", "__raw_", "do_raw_", "queued_", "native_queued_", "__pv_queued_",
  ]

  private static func acquires(_ frame: Frame) -> Bool {
    frame.name == "down" || functions.contains { frame.name.hasPrefix($0) }
  }

  /// Where a program is at a function, so many frames at most are between them. They are made
  /// at run time, and not all kernels name them.
  private static let mostOfTracer = 4

  /// The frames from the one on that asked for the lock.
  static func caller(of frames: [Frame], _ count: Int) -> [Frame] {
    let start = frames.prefix(mostOfTracer).firstIndex(where: acquires) ?? 0
    let found = frames[start...].drop(while: acquires)
    return Array((found.isEmpty ? frames.suffix(1) : found).prefix(count))
  }
}
