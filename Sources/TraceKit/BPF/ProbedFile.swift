import Glibc

/// A file that is to be probed. It stays open from the reading of its symbols until the
/// probes are attached, so that both are of one file whatever becomes of its path.
public final class ProbedFile: Hashable, Sendable {
  private let descriptor: Int32
  private let version: [Int]

  /// - Parameter descriptor: is duplicated; nil where that fails.
  public init?(_ descriptor: Int32) {
    let own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard own >= 0 else { return nil }
    self.descriptor = own
    version = Self.version(of: own)
  }

  deinit { close(descriptor) }

  /// Leads to it for the kernel and for this process.
  var path: String { "/proc/self/fd/\(descriptor)" }

  /// Whether the kernel can probe the instruction at an offset: none that is made atomic, or
  /// that names a segment of old, on x86-64. It may refuse others too, but these are met at
  /// the beginning of functions, and one makes it refuse a link for many.
  public func canBeProbed(at offset: UInt64) -> Bool {
    #if arch(x86_64)
      var bytes: [UInt8] = Array(repeating: 0, count: 8)
      let count = unsafe pread(descriptor, &bytes, bytes.count, Int(truncatingIfNeeded: offset))
      for byte in bytes.prefix(max(count, 0)) {
        switch byte {
        case 0xf0, 0x26, 0x2e, 0x36, 0x3e: return false
        case 0x64...0x67, 0xf2, 0xf3: continue
        default: return true
        }
      }
    #endif
    return true
  }

  /// Whether it was written since it was opened.
  var hasChanged: Bool { version != Self.version(of: descriptor) }

  private static func version(of descriptor: Int32) -> [Int] {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return [] }
    return [
      Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
    ]
  }

  public static func == (left: ProbedFile, right: ProbedFile) -> Bool { left === right }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
