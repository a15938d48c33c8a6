import CLinux
import Glibc

extension KernelFeatures {
  /// Whether the compiler has split one of some functions of the kernel. A caller in the same
  /// file then can have the first part in itself and call the rest (`NAME.part.0` in
  /// /proc/kallsyms), which a program at the function does not see; Debian's 5.10 does so
  /// with vfs_rmdir().
  public static func areSplit(_ functions: [String]) -> Bool {
    let file = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    let parts = functions.map { Array(" \($0).part.".utf8) }
    let overlap = parts.map(\.count).max() ?? 0
    var kept = 0
    return withUnsafeTemporaryAllocation(byteCount: 1 << 18, alignment: 1) { block in
      while true {
        let room = UnsafeMutableRawBufferPointer(rebasing: block[kept...])
        let count = unsafe read(file, room.baseAddress, room.count)
        guard count > 0 else { return false }
        let filled = kept + count
        let isFound = parts.contains { part in
          unsafe linux_find(block.baseAddress!, filled, part, part.count) != nil
        }
        if isFound { return true }
        kept = min(overlap, filled)
        unsafe memmove(block.baseAddress!, block.baseAddress! + filled - kept, kept)
      }
    }
  }
}
