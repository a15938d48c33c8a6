import CLibbpf
import Glibc

/// Prepares on other threads what a tool needs once its command line is read: the
/// kernel's types for its object, and the memory of its ring buffer. Call it once.
///
/// - Parameters:
///   - image: the object that will be opened.
///   - rings: for ``RingAhead/take(_:)``; nil if the object has no ring buffer.
public func prepare(for image: ObjectImage, rings: RingRoom?) {
  var preparations = [TypesAhead.prepare(for: image)]
  if let rings { preparations.append(RingAhead.prepare(rings)) }
  let errands = Errand.start(preparations.map(\.work))
  for (preparation, errand) in zip(preparations, errands) { preparation.known(errand) }
}

/// Gives back the kernel's types, which are kept in memory for the next object
/// that is opened. Worth calling when all objects are loaded.
public func releaseKernelTypes() {
  TypesAhead.end()
  KernelTypeTable.release()
  ModuleTypes.release()
}

/// A BPF object that is open but not yet in the kernel.
///
/// What it holds can still be changed: configuration, sizes of maps, which
/// programs are wanted. ``load()`` consumes it, so that a loaded object cannot
/// be configured any more.
///
/// ```swift
/// var object = try OpenObject(image)
/// try object.setVariable("config", to: config)
/// try object.keepOnly(programs: ["process_exec"])
/// let loaded = try object.load()
/// let link = try loaded.attach("process_exec")
/// ```
@safe public struct OpenObject: ~Copyable {
  let pointer: OpaquePointer
  /// The file of the kernel types that the object is relocated against, or -1.
  private let typesDescriptor: Int32

  /// Where the kernel's types are read from.
  public enum KernelTypes: Sendable {
    /// `/sys/kernel/btf/vmlinux`.
    case running
    /// A BTF file that describes the running kernel.
    case file(String)
    /// Nowhere: for programs that read no kernel type. Reading and searching
    /// the kernel's types takes most of the time of loading. A relocation that
    /// the verifier can reach then fails to load.
    case none
  }

  /// Opens an object from memory.
  ///
  /// - Throws: ``BPFError`` where the bytes are no BPF object.
  public init(_ image: ObjectImage, types: KernelTypes = .running) throws(BPFError) {
    VerifierLog.reset()
    var options = unsafe bpf_object_open_opts()
    unsafe options.sz = unsafe MemoryLayout<bpf_object_open_opts>.size
    AttachTargets.register
    typesDescriptor =
      if case .running = types { TypesAhead.file(for: image) ?? -1 } else { -1 }
    let path: String? =
      switch types {
      // Where the types could not be cut down, libbpf reads the kernel's own.
      case .running: typesDescriptor >= 0 ? "/proc/self/fd/\(typesDescriptor)" : nil
      case .file(let path): path
      case .none: EmptyTypes.path
      }
    let opened = unsafe image.name.withCString { name in
      unsafe options.object_name = name
      guard let path else {
        return unsafe bpf_object__open_mem(image.bytes.baseAddress, image.bytes.count, &options)
      }
      return unsafe path.withCString { path in
        unsafe options.btf_custom_path = path
        return unsafe bpf_object__open_mem(image.bytes.baseAddress, image.bytes.count, &options)
      }
    }
    guard let opened = unsafe opened else {
      throw BPFError(
        .open, image.name, errno: .current, explanation: VerifierLog.excerpt())
    }
    unsafe pointer = opened
    // A closed object may have had a program at the same address.
    unsafe Self.forEachProgram(of: opened) { unsafe AttachTargets.forget($0) }
  }

  deinit {
    RingAhead.forget()
    unsafe bpf_object__close(pointer)
    if typesDescriptor >= 0 { close(typesDescriptor) }
  }

  private static func forEachProgram(
    of object: OpaquePointer, _ body: (OpaquePointer) -> Void
  ) {
    var next = unsafe bpf_object__next_program(object, nil)
    while let program = unsafe next {
      unsafe body(program)
      unsafe next = unsafe bpf_object__next_program(object, program)
    }
  }

  /// Sets a global variable of the programs, before the verifier sees it.
  ///
  /// - Parameters:
  ///   - name: a global variable, `const volatile` or not.
  ///   - value: its new bytes.
  /// - Throws: ``BPFError`` where the object has no such variable, or it has
  ///   another size than the value, as when one side was compiled anew and the
  ///   other was not.
  public mutating func setVariable<Value: BitwiseCopyable>(
    _ name: String, to value: Value
  ) throws(BPFError) {
    let place = unsafe try Variable(name, in: pointer)
    guard place.size == MemoryLayout<Value>.size else {
      throw BPFError(
        .configure, name,
        explanation: "the object holds \(place.size) bytes, "
          + "the program has \(MemoryLayout<Value>.size)",
        cure: "build both from the same header")
    }
    unsafe place.address.storeBytes(of: value, as: Value.self)
  }

  /// Keeps the named programs and leaves all others out of the kernel.
  public mutating func keepOnly(programs names: [String]) throws(BPFError) {
    for name in names { _ = try unsafe find(program: name) }
    unsafe Self.forEachProgram(of: pointer) { program in
      let name = unsafe String(cString: bpf_program__name(program))
      unsafe bpf_program__set_autoload(program, names.contains(name))
    }
  }

  /// Aims a program of a kind like fentry at another kernel function.
  public mutating func setTarget(of program: String, to function: String) throws(BPFError) {
    let found = try unsafe find(program: program)
    let section = unsafe String(cString: bpf_program__section_name(found))
    let kind = section.prefix { $0 != "/" }
    unsafe AttachTargets.aim(found, at: "\(kind)/\(function)")
  }

  /// Loads a program for uprobes as one that a link of its own kind attaches, to one place or
  /// many. Such links are detached at once, where perf events wait for each other.
  mutating func attachToManyPlaces(_ program: String) throws(BPFError) {
    let found = try unsafe find(program: program)
    let kind = bpf_attach_type(rawValue: UInt32(SHIM_UPROBE_MULTI))
    unsafe bpf_program__set_expected_attach_type(found, kind)
  }

  /// Of `program|other` the first whose target the kernel has; the last where it has
  /// none, so that loading it reports what is missing.
  func choose(from names: String) throws(BPFError) -> String {
    let programs = names.split(separator: "|").map(String.init)
    for program in programs.dropLast() where try hasTarget(program) { return program }
    return programs.last ?? names
  }

  /// Whether the kernel's types have what a program attaches to. Of a kind that
  /// attaches by name only, attaching shows it.
  func hasTarget(_ hook: String) throws(BPFError) -> Bool {
    let name = String(hook.prefix { $0 != "@" })
    let found = try unsafe find(program: name)
    return unsafe AttachTargets.mayExist(section: String(cString: bpf_program__section_name(found)))
  }

  /// Sets how many entries a map holds, or how many bytes a ring buffer has.
  public mutating func setMaxEntries(of map: String, to count: Int) throws(BPFError) {
    let result = unsafe bpf_map__set_max_entries(try find(map: map), UInt32(clamping: count))
    guard result == 0 else {
      throw BPFError(.createMap, map, errno: ErrorNumber(rawValue: -result))
    }
  }

  /// Sets how many bytes a value of a map has.
  public mutating func setValueSize(of map: String, to size: Int) throws(BPFError) {
    let result = unsafe bpf_map__set_value_size(try find(map: map), UInt32(clamping: size))
    guard result == 0 else {
      throw BPFError(.createMap, map, errno: ErrorNumber(rawValue: -result))
    }
  }

  /// Takes a ring buffer for the map of that name, once it is known which programs are
  /// kept. Where it could not be made, loading makes one, or reports why not.
  public mutating func take(
    _ ring: RingAhead, as map: String, number: Int = 0
  ) throws(BPFError) {
    let result = unsafe ring.replace(
      try find(map: map), number: number, mayCome: AttachTargets.seesLoading(of: keptSections))
    guard result == 0 else {
      throw BPFError(.createMap, map, errno: ErrorNumber(rawValue: -result))
    }
  }

  private var keptSections: [String] {
    var sections: [String] = []
    unsafe Self.forEachProgram(of: pointer) { program in
      guard unsafe bpf_program__autoload(program) else { return }
      sections.append(unsafe String(cString: bpf_program__section_name(program)))
    }
    return sections
  }

  /// Leaves a map out of the kernel. No program that is kept may reach it.
  public mutating func leaveOut(map: String) throws(BPFError) {
    unsafe bpf_map__set_autocreate(try find(map: map), false)
  }

  /// Sets whether a map is made. No program that is kept may reach one that is not.
  mutating func setCreated(map: String, _ isCreated: Bool) throws(BPFError) {
    unsafe bpf_map__set_autocreate(try find(map: map), isCreated)
  }

  /// Takes the map of that name from a loaded object instead of making one.
  public mutating func share(map name: String, of other: LoadedObject) throws(BPFError) {
    try reuse(other.map(name, keySize: nil, valueSize: nil).descriptor, as: name)
  }

  /// Takes a pinned map in place of the map of that name.
  public mutating func use(_ pinned: PinnedMap, as map: String) throws(BPFError) {
    try reuse(pinned.descriptor, as: map)
  }

  private func reuse(_ descriptor: Int32, as map: String) throws(BPFError) {
    let result = unsafe bpf_map__reuse_fd(try find(map: map), descriptor)
    guard result == 0 else {
      throw BPFError(.createMap, map, errno: ErrorNumber(rawValue: -result))
    }
  }

  /// Whether the object has a map of that name.
  public func hasMap(_ name: String) -> Bool {
    unsafe bpf_object__find_map_by_name(pointer, name) != nil
  }

  private func find(program name: String) throws(BPFError) -> OpaquePointer {
    try unsafe ObjectPrograms.find(name, in: pointer)
  }

  private func find(map name: String) throws(BPFError) -> OpaquePointer {
    guard let map = unsafe bpf_object__find_map_by_name(pointer, name) else {
      throw BPFError(.findMap, name, explanation: "the object has none of that name")
    }
    return unsafe map
  }

  /// Creates the maps and loads the kept programs into the kernel.
  ///
  /// - Throws: ``BPFError`` with the useful end of the verifier's log.
  public consuming func load() throws(BPFError) -> LoadedObject {
    VerifierLog.reset()
    let result = unsafe bpf_object__load(pointer)
    defer { RingAhead.forget() }
    guard result == 0 else {
      let error = loadError(ErrorNumber(rawValue: -result))
      _ = consume self
      throw error
    }
    let loaded = unsafe pointer
    if typesDescriptor >= 0 { close(typesDescriptor) }
    discard self
    return unsafe LoadedObject(adopting: loaded)
  }

  private func loadError(_ errno: ErrorNumber) -> BPFError {
    let name = unsafe String(cString: bpf_object__name(pointer))
    let log = unsafe String(cString: shim_log_text())
    let refused = LoadRefusal(log: log, object: name)
    if let errno = unsafe RingAhead.refusal {
      return BPFError(
        .createMap, "events", errno: errno, cure: refused.cure(for: errno, log: log))
    }
    return BPFError(
      refused.isMap ? .createMap : .load, refused.subject, target: section(of: refused.subject),
      errno: errno, explanation: VerifierLog.excerpt(of: log),
      meaning: refused.meaning(of: errno, log: log), cure: refused.cure(for: errno, log: log))
  }

  private func section(of program: String) -> String? {
    guard let found = unsafe bpf_object__find_program_by_name(pointer, program) else { return nil }
    return unsafe String(cString: bpf_program__section_name(found))
  }
}
