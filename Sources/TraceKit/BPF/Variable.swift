import CLibbpf
import Glibc

/// Where a global variable of an object's programs lies: in which section, and
/// in the bytes that the section has before it is loaded.
@safe struct Variable {
  let address: UnsafeMutableRawPointer
  let size: Int
  /// The map that is the section in the kernel, and the place in it.
  let map: OpaquePointer
  let offset: Int

  /// `BTF_KIND_DATASEC` (linux/btf.h), which libbpf defines a second time.
  private static let dataSection: UInt32 = 15

  /// Finds a variable by its name in the object's own types: each section of
  /// globals is one type whose members are the variables.
  init(_ name: String, in object: OpaquePointer) throws(BPFError) {
    let missing = BPFError(
      .configure, name, explanation: "the object has no variable of that name")
    // An object that was compiled without -g has no types.
    guard let types = unsafe bpf_object__btf(object) else { throw missing }
    for section in [".rodata", ".data", ".bss"] {
      let id = unsafe btf__find_by_name_kind(types, section, Self.dataSection)
      guard id > 0, let type = unsafe btf__type_by_id(types, UInt32(id)),
        let map = unsafe bpf_object__find_map_by_name(object, section)
      else { continue }
      let members = unsafe btf_var_secinfos(type)
      for index in 0..<Int(unsafe btf_vlen(type)) {
        guard let member = unsafe members?[index],
          let variable = unsafe btf__type_by_id(types, member.type),
          let label = unsafe btf__name_by_offset(types, variable.pointee.name_off),
          unsafe String(cString: label) == name
        else { continue }
        var length = 0
        guard let start = unsafe bpf_map__initial_value(map, &length),
          Int(member.offset) + Int(member.size) <= length
        else { break }
        unsafe address = UnsafeMutableRawPointer(mutating: start) + Int(member.offset)
        size = Int(member.size)
        unsafe self.map = map
        offset = Int(member.offset)
        return
      }
    }
    throw missing
  }
}

/// A section of globals in the kernel, or an array map that can be mapped, mapped
/// into this process.
///
/// Before libbpf 1.6 only objects that are loaded through a skeleton have their
/// sections mapped: for any other, the bytes at ``Variable/address`` are no
/// longer those of the programs once the object is loaded.
@safe final class SharedSection {
  private let section: Mapping
  /// Keeps the map alive.
  private let object: LoadedObject

  var start: UnsafeMutableRawPointer { unsafe section.start }

  init(_ map: OpaquePointer, of variable: String, in object: LoadedObject) throws(BPFError) {
    // The kernel gives each entry a multiple of eight bytes.
    let length =
      ((Int(unsafe bpf_map__value_size(map)) + 7) & ~7) * Int(unsafe bpf_map__max_entries(map))
    let isConstant = unsafe bpf_map__map_flags(map) & UInt32(BPF_F_RDONLY_PROG) != 0
    guard
      let section = Mapping(
        of: unsafe bpf_map__fd(map), length: length, isWritable: !isConstant)
    else { throw BPFError(.configure, variable, errno: .current) }
    self.section = section
    self.object = object
  }
}
