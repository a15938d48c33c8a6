import CLibbpf

/// The beginning of `bpf_link_info` (linux/bpf.h) where it has what was missed, which the headers
/// that the collection is built with need not know yet. The kernel fills what it knows of it.
private struct MissesInfo {
  var type: UInt32 = 0
  var id: UInt32 = 0
  var program: UInt32 = 0
  var padding: UInt32 = 0
  /// kprobe_multi: addrs, count and flags, missed. perf_event: type, the name of the function, its
  /// length and the offset in it, the address, missed.
  var union: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)

  static let kernelProbes: ClosedRange<UInt32> = 3...4
}

extension Link {
  var misses: UInt64 { Self.misses(of: descriptor) }

  /// Calls that a probe of a kernel function did not report, because too many were under way at the
  /// same time or another probe was active. Counted from kernel 6.7 on (3acf8ace6823 and
  /// e2b2cd592adc, "bpf: Add missed value to kprobe ... link info").
  ///
  /// - Parameter descriptor: of a link of any kind.
  static func misses(of descriptor: Int32) -> UInt64 {
    guard descriptor >= 0 else { return 0 }
    var info = MissesInfo()
    var size = UInt32(MemoryLayout<MissesInfo>.size)
    guard unsafe bpf_obj_get_info_by_fd(descriptor, &info, &size) == 0 else { return 0 }
    switch info.type {
    case BPF_LINK_TYPE_KPROBE_MULTI.rawValue: return info.union.2
    case BPF_LINK_TYPE_PERF_EVENT.rawValue
    where MissesInfo.kernelProbes.contains(UInt32(truncatingIfNeeded: info.union.0)):
      return info.union.4
    default: return 0
    }
  }
}
