import CLinux
import Glibc

/// A BTF file without types, kept in memory, for objects that need none.
@safe enum EmptyTypes {
  /// `struct btf_header` (linux/btf.h): magic, version, flags, length of the
  /// header, then offset and length of the types and of the strings.
  private static let bytes: [UInt8] = {
    var bytes: [UInt8] = []
    func append(_ value: some FixedWidthInteger) {
      unsafe withUnsafeBytes(of: value.littleEndian) { unsafe bytes.append(contentsOf: $0) }
    }
    append(UInt16(0xeb9f))
    append(UInt8(1))
    append(UInt8(0))
    append(UInt32(24))
    append(UInt32(0))
    append(UInt32(0))
    append(UInt32(0))
    append(UInt32(1))
    bytes.append(0)
    return bytes
  }()

  /// A path to it that lives as long as the process.
  static let path: String? = {
    let descriptor = unsafe linux_memory_file("no-kernel-types")
    guard descriptor >= 0 else { return nil }
    let written = unsafe bytes.withUnsafeBytes {
      unsafe write(descriptor, $0.baseAddress, $0.count)
    }
    return written == bytes.count ? "/proc/self/fd/\(descriptor)" : nil
  }()
}
