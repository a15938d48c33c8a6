import CLibbpf
import Glibc

/// The memory of a ring buffer, made while the programs are got ready: the kernel clears
/// each of its pages.
public final class RingAhead {
  private let errand: Errand
  private let made: Made

  private final class Made {
    var descriptor: Int32 = -1
    deinit { if descriptor >= 0 { close(descriptor) } }
  }

  /// - Parameters:
  ///   - map: its name, as the object has it.
  ///   - bytes: a power of two, of at least a page.
  public init(_ map: String, bytes: Int) {
    let made = Made()
    self.made = made
    errand = Errand {
      made.descriptor = unsafe bpf_map_create(
        BPF_MAP_TYPE_RINGBUF, map, 0, 0, UInt32(clamping: bytes), nil)
    }
  }

  /// The map, which goes with this object; nil where it could not be made.
  var descriptor: Int32? {
    errand.wait()
    return made.descriptor >= 0 ? made.descriptor : nil
  }
}
