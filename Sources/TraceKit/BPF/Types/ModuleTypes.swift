import CLibbpf
import Glibc

/// The types of loaded modules, which each are in a file of the module's name
/// (CONFIG_DEBUG_INFO_BTF_MODULES, from 5.11).
enum ModuleTypes {
  /// More than the types of any module.
  private static let limit = 64 << 20

  /// The BTF of a module; nil where no module of that name is loaded that has any.
  ///
  /// - Parameter folder: where the kernel has them.
  static func bytes(
    of module: String, in folder: String = KernelFeatures.moduleTypesFolder
  ) -> [UInt8]? {
    guard !module.isEmpty, module != "vmlinux", !module.contains("/"), !module.hasPrefix(".")
    else { return nil }
    return File.bytes(of: folder + "/" + module, atMost: limit)
  }

  /// Calls `body` with each module that has types, in the order of their names.
  static func forEach(
    after kernel: KernelTypeTable, in folder: String = KernelFeatures.moduleTypesFolder,
    _ body: (_ module: String, _ types: BTFReader) -> Void
  ) {
    for module in File.names(in: folder).sorted() {
      guard let bytes = bytes(of: module, in: folder) else { continue }
      unsafe bytes.withUnsafeBytes { bytes in
        guard let types = unsafe BTFReader(bytes, after: kernel.types) else { return }
        body(module, types)
      }
    }
  }

  /// The modules that have a type of a name.
  static func modules(
    with name: String, kinds: Set<BTFReader.Kind>, after kernel: KernelTypeTable,
    in folder: String = KernelFeatures.moduleTypesFolder
  ) -> [String] {
    var found: [String] = []
    forEach(after: kernel, in: folder) { module, types in
      if types.has(name, kinds: kinds) { found.append(module) }
    }
    return found
  }

  // MARK: Descriptors

  /// What programs that attach to functions of a module are loaded with.
  nonisolated(unsafe) private static var descriptors: [String: Int32] = [:]

  /// A descriptor of the types that the kernel has of a module, which stays this process's.
  ///
  /// - Throws: ``ErrorNumber`` where the kernel shows them to nobody, or not to this user.
  static func descriptor(of module: String) throws(ErrorNumber) -> Int32 {
    if let known = unsafe descriptors[module] { return known }
    var id: UInt32 = 0
    while true {
      let result = unsafe bpf_btf_get_next_id(id, &id)
      guard result == 0 else { throw ErrorNumber(rawValue: -result) }
      let descriptor = bpf_btf_get_fd_by_id(id)
      // One can end before it is asked for.
      guard descriptor >= 0 else { continue }
      if name(ofKernelTypes: descriptor) == module {
        unsafe descriptors[module] = descriptor
        return descriptor
      }
      close(descriptor)
    }
  }

  /// Closes the descriptors.
  static func release() {
    for descriptor in unsafe descriptors.values { close(descriptor) }
    unsafe descriptors = [:]
  }

  /// Nil: they are a program's.
  private static func name(ofKernelTypes descriptor: Int32) -> String? {
    // MODULE_NAME_LEN is 64 less a word.
    var name = [UInt8](repeating: 0, count: 64)
    var info = bpf_btf_info()
    var size = UInt32(MemoryLayout<bpf_btf_info>.size)
    let result = unsafe name.withUnsafeMutableBytes { name in
      info.name = UInt64(UInt(bitPattern: name.baseAddress))
      info.name_len = UInt32(name.count)
      return unsafe bpf_obj_get_info_by_fd(descriptor, &info, &size)
    }
    guard result == 0, info.kernel_btf != 0 else { return nil }
    return String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
  }
}

extension BTFReader {
  /// How many bytes ``join(_:into:)`` needs.
  func joinedSize(_ module: BTFReader) -> Int {
    let parts = unsafe [sections.types, module.sections.types, sections.strings]
    return unsafe parts.reduce(Self.headerSize + module.stringsSize) { $0 + $1.count }
  }

  /// Writes a BTF file of these types and those of a module. The numbers and names of a
  /// module are counted on from the kernel's, so each section only follows the kernel's.
  func join(_ module: BTFReader, into room: UnsafeMutableRawBufferPointer) {
    let (first, second) = unsafe (sections, module.sections)
    let header = BTFWriter.header(
      typesSize: UInt32(first.types.count + second.types.count),
      stringsSize: UInt32(first.strings.count + second.strings.count))
    var end = 0
    func append(_ part: UnsafeRawBufferPointer) {
      unsafe UnsafeMutableRawBufferPointer(rebasing: room[end...]).copyMemory(from: part)
      end += part.count
    }
    unsafe header.withUnsafeBytes { unsafe append($0) }
    for part in unsafe [first.types, second.types, first.strings, second.strings] {
      unsafe append(part)
    }
  }
}
