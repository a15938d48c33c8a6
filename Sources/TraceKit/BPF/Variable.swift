import CLibbpf

/// Where a global variable of an object's programs lies in this process.
@safe struct Variable {
  let address: UnsafeMutableRawPointer
  let size: Int

  /// `BTF_KIND_DATASEC` (linux/btf.h), which libbpf defines a second time.
  private static let dataSection: UInt32 = 15

  /// Finds a variable by its name in the object's own types: each section of
  /// globals is one type whose members are the variables.
  init(_ name: String, in object: OpaquePointer) throws(BPFError) {
    let types = unsafe bpf_object__btf(object)
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
        return
      }
    }
    throw BPFError(.configure, name, explanation: "the object has no variable of that name")
  }
}
