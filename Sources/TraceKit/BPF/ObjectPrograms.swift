import CLibbpf

/// The programs of an object of libbpf, whether it is loaded or not.
enum ObjectPrograms {
  /// - Throws: ``BPFError`` where it has none of that name.
  static func find(_ name: String, in object: OpaquePointer) throws(BPFError) -> OpaquePointer {
    guard let program = unsafe bpf_object__find_program_by_name(object, name) else {
      throw BPFError(.findProgram, name, explanation: "the object has none of that name")
    }
    return unsafe program
  }
}
