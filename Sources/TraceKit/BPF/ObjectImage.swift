/// A compiled BPF object in memory, usually embedded in the executable.
///
/// The bytes must stay where they are while an object is made of them.
@safe public struct ObjectImage: @unchecked Sendable {
  public let name: String
  public let bytes: UnsafeRawBufferPointer
  /// The table of the other names of the executable.
  public let aliases: String
  /// The executable beside the tool's that makes metrics of what it writes; nil: none does.
  public let exporter: String?

  /// - Parameters:
  ///   - name: the name in messages, and the prefix of the maps' names in the kernel.
  ///   - bytes: an ELF file, aligned to eight bytes.
  ///   - aliases: the table of the other names of the executable.
  ///   - exporter: the executable that makes metrics of what the tool writes.
  public init(
    name: String, bytes: UnsafeRawBufferPointer, aliases: String = "", exporter: String? = nil
  ) {
    self.name = name
    unsafe self.bytes = bytes
    self.aliases = aliases
    self.exporter = exporter
  }

  /// - Parameters:
  ///   - name: the name in messages, and the prefix of the maps' names in the kernel.
  ///   - start: the first byte of an ELF file, aligned to eight bytes.
  ///   - count: the number of bytes.
  ///   - aliases: the table of the other names of the executable.
  ///   - exporter: the executable that makes metrics of what the tool writes.
  public init(
    name: String, start: UnsafeRawPointer, count: Int, aliases: String = "",
    exporter: String? = nil
  ) {
    unsafe self.init(
      name: name, bytes: UnsafeRawBufferPointer(start: start, count: count), aliases: aliases,
      exporter: exporter)
  }
}
