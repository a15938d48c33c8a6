import CLibbpf

/// Programs that attach by the kernel's types, told the number of their target.
///
/// libbpf finds that number by reading all of the kernel's types itself. So these
/// programs are opened as another kind, of which it looks up nothing, and become
/// what they are in the moment when they are loaded.
enum AttachTargets {
  private static let kinds: [(section: String, attach: bpf_attach_type)] = [
    ("tp_btf", BPF_TRACE_RAW_TP), ("fentry", BPF_TRACE_FENTRY), ("fexit", BPF_TRACE_FEXIT),
  ]

  /// The numbers of the targets by the sections that name them.
  nonisolated(unsafe) private static var numbers: [String: UInt32] = [:]
  /// Programs that were aimed at another section's target.
  nonisolated(unsafe) private static var aims: [OpaquePointer: String] = [:]

  /// Takes over the sections of these kinds; once is enough.
  static let register: Void = {
    for kind in kinds {
      var options = unsafe libbpf_prog_handler_opts()
      unsafe options.sz = unsafe MemoryLayout<libbpf_prog_handler_opts>.size
      unsafe options.prog_prepare_load_fn = { program, options, _ in
        unsafe AttachTargets.prepare(program, options)
      }
      unsafe libbpf_register_prog_handler(
        kind.section + "+", BPF_PROG_TYPE_RAW_TRACEPOINT, kind.attach, &options)
    }
  }()

  private static func prepare(
    _ program: OpaquePointer?, _ options: UnsafeMutablePointer<bpf_prog_load_opts>?
  ) -> Int32 {
    guard let program = unsafe program, let options = unsafe options else { return -EINVAL }
    let section = unsafe aims[program] ?? String(cString: bpf_program__section_name(program))
    guard let number = number(of: section) else { return -ESRCH }
    unsafe options.pointee.attach_btf_id = number
    return unsafe bpf_program__set_type(program, BPF_PROG_TYPE_TRACING)
  }

  /// The sections of the object that was opened last.
  nonisolated(unsafe) static var expected: [String] = []

  private static func find(_ sections: [String]) {
    var names: [String: [String]] = [:]
    for section in sections where unsafe numbers[section] == nil {
      if let name = typeName(of: section) { names[name, default: []].append(section) }
    }
    guard !names.isEmpty, let kernel = KernelTypeTable.current() else { return }
    for (name, id) in kernel.find(Set(names.keys), kinds: [.typedef, .function]) {
      for section in names[name] ?? [] { unsafe numbers[section] = id }
    }
  }

  /// Aims a program at the target that another section would name.
  static func aim(_ program: OpaquePointer, at section: String) {
    unsafe aims[program] = section
  }

  static func forget(_ program: OpaquePointer) {
    unsafe aims[program] = nil
  }

  /// Looked up with the object's others, when the first of them is needed.
  private static func number(of section: String) -> UInt32? {
    if let known = unsafe numbers[section] { return known }
    find(unsafe expected + [section])
    return unsafe numbers[section]
  }

  /// Whether a section's target is there, as far as the kernel's types can tell.
  static func mayExist(section: String) -> Bool {
    typeName(of: section) == nil || number(of: section) != nil
  }

  /// A tracepoint has a typedef of its prototype, a function its own name.
  private static func typeName(of section: String) -> String? {
    let parts = section.split(separator: "/", maxSplits: 1)
    guard parts.count == 2, kinds.contains(where: { $0.section == parts[0] }) else { return nil }
    return parts[0] == "tp_btf" ? "btf_trace_\(parts[1])" : String(parts[1])
  }
}

/// `errno` values that libbpf's callbacks return.
private let EINVAL: Int32 = 22
private let ESRCH: Int32 = 3
