import TraceKit

/// The nodes of the machine's memory.
enum MemoryNodes {
  /// One more than the greatest number of a node that the machine can have, which the kernel
  /// keeps its accounts for.
  static var count: UInt32 {
    let text = File.contents(of: "/sys/devices/system/node/possible") ?? ""
    // Such as 0, 0-1 or 0,2-3.
    let last = text.split { !$0.isASCII || !$0.isNumber }.last.flatMap { UInt32($0) }
    return (last ?? 0) + 1
  }
}
