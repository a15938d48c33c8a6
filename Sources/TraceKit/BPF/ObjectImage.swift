/// A compiled BPF object in memory, usually embedded in the executable.
///
/// The bytes must stay where they are while an object is made of them.
@safe public struct ObjectImage: @unchecked Sendable {
  public let name: String
  public let bytes: UnsafeRawBufferPointer

  /// - Parameters:
  ///   - name: how messages call it, and the kernel the maps it makes of it.
  ///   - bytes: an ELF file, aligned to eight bytes.
  public init(name: String, bytes: UnsafeRawBufferPointer) {
    self.name = name
    unsafe self.bytes = bytes
  }

  /// - Parameters:
  ///   - start: the first byte of an ELF file, aligned to eight bytes.
  ///   - count: how many there are.
  public init(name: String, start: UnsafeRawPointer, count: Int) {
    unsafe self.init(name: name, bytes: UnsafeRawBufferPointer(start: start, count: count))
  }
}
