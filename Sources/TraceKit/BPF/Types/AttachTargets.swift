import CLibbpf

/// Programs that attach by the kernel's types, told the number of their target.
///
/// libbpf finds that number by reading all of the kernel's types itself. So these
/// programs are opened as another kind, of which it looks up nothing, and become
/// what they are in the moment when they are loaded.
enum AttachTargets {
  private static let sections: [(name: String, attach: bpf_attach_type)] = [
    ("tp_btf", BPF_TRACE_RAW_TP), ("fentry", BPF_TRACE_FENTRY), ("fexit", BPF_TRACE_FEXIT),
    ("iter", BPF_TRACE_ITER),
  ]

  /// The other kinds of which the moment is seen when one is loaded.
  private static let untyped: [(name: String, type: bpf_prog_type)] = [
    ("tracepoint", BPF_PROG_TYPE_TRACEPOINT), ("raw_tp", BPF_PROG_TYPE_RAW_TRACEPOINT),
  ]

  /// The kinds of types that are targets: a tracepoint has a typedef of its prototype.
  static let kinds: Set<BTFReader.Kind> = [.typedef, .function]

  /// The numbers of the targets by the names of their types; nil where the kernel has none.
  nonisolated(unsafe) private static var numbers: [String: UInt32?] = [:]
  /// Programs that were aimed at another section's target.
  nonisolated(unsafe) private static var aims: [OpaquePointer: String] = [:]

  /// Takes over the sections of these kinds; once is enough.
  static let register: Void = {
    for section in sections {
      var options = unsafe libbpf_prog_handler_opts()
      unsafe options.sz = unsafe MemoryLayout<libbpf_prog_handler_opts>.size
      unsafe options.prog_prepare_load_fn = { program, options, _ in
        unsafe AttachTargets.prepare(program, options)
      }
      unsafe libbpf_register_prog_handler(
        section.name + "+", BPF_PROG_TYPE_RAW_TRACEPOINT, section.attach, &options)
    }
    for section in untyped {
      var options = unsafe libbpf_prog_handler_opts()
      unsafe options.sz = unsafe MemoryLayout<libbpf_prog_handler_opts>.size
      unsafe options.prog_prepare_load_fn = { program, _, _ in
        if let program = unsafe program { unsafe KernelCasts.apply(to: program) }
        return RingAhead.arrive()
      }
      unsafe libbpf_register_prog_handler(
        section.name + "+", section.type, bpf_attach_type(0), &options)
    }
  }()

  /// Whether ``RingAhead/arrive()`` is called before any program of these sections is loaded.
  static func seesLoading(of kept: [String]) -> Bool {
    let seen = sections.map(\.name) + untyped.map(\.name)
    return kept.allSatisfy { section in seen.contains { section.hasPrefix($0) } }
  }

  private static func prepare(
    _ program: OpaquePointer?, _ options: UnsafeMutablePointer<bpf_prog_load_opts>?
  ) -> Int32 {
    let late = RingAhead.arrive()
    guard late == 0 else { return late }
    guard let program = unsafe program, let options = unsafe options else { return -EINVAL }
    unsafe KernelCasts.apply(to: program)
    let section = unsafe aims[program] ?? String(cString: bpf_program__section_name(program))
    guard let number = number(of: section) else { return -ESRCH }
    unsafe options.pointee.attach_btf_id = number
    if let module = typeName(of: section).flatMap(module(of:)) {
      do {
        unsafe options.pointee.attach_btf_obj_fd = UInt32(try ModuleTypes.descriptor(of: module))
      } catch {
        return -error.rawValue
      }
    }
    return unsafe bpf_program__set_type(program, BPF_PROG_TYPE_TRACING)
  }

  /// Aims a program at the target that another section would name.
  static func aim(_ program: OpaquePointer, at section: String) {
    unsafe aims[program] = section
  }

  static func forget(_ program: OpaquePointer) {
    unsafe aims[program] = nil
  }

  /// The names of the types that stand for what these sections attach to.
  static func names(of sections: [String]) -> Set<String> { Set(sections.compactMap(typeName)) }

  /// - Parameters:
  ///   - found: the types that the kernel has, all that have one of the names.
  ///   - names: those that were looked for.
  static func remember(_ found: [(name: String, id: UInt32)], of names: Set<String>) {
    for name in names { unsafe numbers[name] = .some(nil) }
    for (name, id) in found where names.contains(name) { unsafe numbers[name] = id }
  }

  private static func number(of section: String) -> UInt32? {
    guard let name = typeName(of: section) else { return nil }
    if let known = unsafe numbers[name] { return known }
    let module = module(of: name)
    guard let types = KernelTypeTable.current(module: module) else { return nil }
    if let module {
      let function = String(name.dropFirst(module.utf8.count + 1))
      let found = types.find([function], kinds: kinds).first { types.isOfModule($0.id) }
      unsafe numbers[name] = .some(found?.id)
    } else {
      remember(types.find([name], kinds: kinds), of: [name])
    }
    return unsafe numbers[name] ?? nil
  }

  /// Functions of modules are MODULE:FUNCTION, as newer releases of libbpf write them.
  private static func module(of name: String) -> String? {
    name.firstIndex(of: ":").map { String(name[..<$0]) }
  }

  /// Whether a section's target is there, as far as the kernel's types can tell.
  static func mayExist(section: String) -> Bool {
    guard let name = typeName(of: section) else { return true }
    // What attaches by name needs no types, and is tried where there are none.
    if section.hasPrefix("raw_tp/") {
      guard let known = unsafe numbers[name] else { return true }
      return known != nil
    }
    return number(of: section) != nil
  }

  private static func typeName(of section: String) -> String? {
    let parts = section.split(separator: "/", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    switch parts[0] {
    case "tp_btf", "raw_tp": return "btf_trace_\(parts[1])"
    case "fentry", "fexit": return String(parts[1])
    case "iter": return "bpf_iter_\(parts[1])"
    default: return nil
    }
  }
}

/// `errno` values that libbpf's callbacks return.
private let EINVAL: Int32 = 22
private let ESRCH: Int32 = 3
