import CLibbpf
import Glibc

/// A program, a map or a link that the kernel has, whoever made it.
public struct KernelObject: Sendable {
  public enum Kind: String, CaseIterable, Sendable {
    case program = "prog"
    case map
    case link
  }

  public let kind: Kind
  public let id: UInt32
  /// As its maker called it, up to 15 bytes; a link has none.
  public let name: String
  /// The number of its type, of the programs, the maps or the links.
  public let type: UInt32
  /// The program that a link attaches.
  public let program: UInt32?

  /// All of a kind, with the least number first.
  ///
  /// - Throws: ``ErrorNumber`` where the kernel tells them nobody, or not this user.
  public static func all(_ kind: Kind) throws(ErrorNumber) -> [KernelObject] {
    var objects: [KernelObject] = []
    var id: UInt32 = 0
    while true {
      let result =
        switch kind {
        case .program: unsafe bpf_prog_get_next_id(id, &id)
        case .map: unsafe bpf_map_get_next_id(id, &id)
        case .link: unsafe bpf_link_get_next_id(id, &id)
        }
      if result == -ENOENT { return objects }
      guard result == 0 else { throw ErrorNumber(rawValue: -result) }
      // One can end before it is asked for.
      if let object = KernelObject(kind, id: id) { objects.append(object) }
    }
  }

  private init?(_ kind: Kind, id: UInt32) {
    let descriptor =
      switch kind {
      case .program: bpf_prog_get_fd_by_id(id)
      case .map: bpf_map_get_fd_by_id(id)
      case .link: bpf_link_get_fd_by_id(id)
      }
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    self.kind = kind
    self.id = id
    var isDescribed = false
    switch kind {
    case .program:
      var info = bpf_prog_info()
      var size = UInt32(MemoryLayout<bpf_prog_info>.size)
      isDescribed = unsafe bpf_obj_get_info_by_fd(descriptor, &info, &size) == 0
      (name, type, program) = (Self.text(info.name), info.type, nil)
    case .map:
      var info = bpf_map_info()
      var size = UInt32(MemoryLayout<bpf_map_info>.size)
      isDescribed = unsafe bpf_obj_get_info_by_fd(descriptor, &info, &size) == 0
      (name, type, program) = (Self.text(info.name), info.type, nil)
    case .link:
      var info = bpf_link_info()
      var size = UInt32(MemoryLayout<bpf_link_info>.size)
      isDescribed = unsafe bpf_obj_get_info_by_fd(descriptor, &info, &size) == 0
      (name, type, program) = ("", info.type, info.prog_id)
    }
    guard isDescribed else { return nil }
  }

  private static func text<Characters: BitwiseCopyable>(_ characters: Characters) -> String {
    unsafe withUnsafeBytes(of: characters) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  /// The names of the types of a kind, as the kernel's own types have them, such as
  /// `raw_tracepoint`.
  public static func typeNames(_ kind: Kind) -> [UInt32: String] {
    let prefix = "BPF_\(kind.rawValue.uppercased())_TYPE_"
    let values = KernelEnumeration(["bpf_\(kind.rawValue)_type"])
    var names: [UInt32: String] = [:]
    for number in 0..<Self.typeLimit {
      guard let name = values.name(of: Int64(number)), name.hasPrefix(prefix) else { continue }
      names[number] = name.dropFirst(prefix.count).lowercased()
    }
    return names
  }

  /// More than there are types of any kind.
  private static let typeLimit: UInt32 = 256

  /// Opens what a file of a BPF file system pins. Returns a descriptor, or nil.
  public static func open(pinned path: String) -> Int32? {
    let descriptor = unsafe bpf_obj_get(path)
    return descriptor >= 0 ? descriptor : nil
  }
}
