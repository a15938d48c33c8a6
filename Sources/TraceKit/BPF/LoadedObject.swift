import CLibbpf
import Glibc

/// A BPF object in the kernel: its programs, its maps, its variables.
///
/// It is unloaded when the last reference to it is released. What has been attached is held
/// by the ``Link`` values, each of which keeps its object.
@safe public final class LoadedObject {
  let pointer: OpaquePointer

  init(adopting pointer: OpaquePointer) {
    unsafe self.pointer = pointer
  }

  deinit {
    unsafe bpf_object__close(pointer)
  }

  public var name: String { unsafe String(cString: bpf_object__name(pointer)) }

  /// libbpf's own object, for what this library does not wrap.
  @unsafe public var libbpfObject: OpaquePointer { unsafe pointer }

  /// Attaches a program where its section says, or, as `program@category/name`, to
  /// that classic tracepoint.
  public func attach(_ hook: String) throws(BPFError) -> Link {
    let parts = hook.split(separator: "@", maxSplits: 1).map(String.init)
    let program = parts[0]
    let found = try unsafe find(program: program)
    let section = unsafe String(cString: bpf_program__section_name(found))
    let target = parts.count > 1 ? "tracepoint/\(parts[1])" : section
    VerifierLog.reset()
    guard let link = unsafe Self.link(found, to: target) else {
      let errno = ErrorNumber.current
      throw BPFError(
        .attach, program, target: target, errno: errno, explanation: VerifierLog.excerpt(),
        cure: Self.cure(for: errno, section: target))
    }
    return unsafe Link(adopting: link, of: self, program: program, hook: hook)
  }

  /// - Parameter target: a section, or a tracepoint in place of the program's own.
  private static func link(_ program: OpaquePointer, to target: String) -> OpaquePointer? {
    // The sections that AttachTargets took over have no attaching of their own.
    if unsafe bpf_program__type(program) == BPF_PROG_TYPE_TRACING {
      return unsafe bpf_program__attach_trace(program)
    }
    if unsafe bpf_program__type(program) == BPF_PROG_TYPE_CGROUP_SKB {
      return unsafe attachToControlGroups(program)
    }
    let parts = target.split(separator: "/").map(String.init)
    return switch (parts[0], parts.count) {
    case ("tracepoint", 3): unsafe bpf_program__attach_tracepoint(program, parts[1], parts[2])
    case ("raw_tp", 2): unsafe bpf_program__attach_raw_tracepoint(program, parts[1])
    default: unsafe bpf_program__attach(program)
    }
  }

  /// At the root, where it is run for the sockets of all groups.
  private static func attachToControlGroups(_ program: OpaquePointer) -> OpaquePointer? {
    guard let root = KernelFeatures.controlGroups else { return nil }
    let descriptor = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return unsafe bpf_program__attach_cgroup(program, descriptor)
  }

  private static func cure(for errno: ErrorNumber, section: String) -> Cure? {
    switch section.prefix(while: { $0 != "/" }) {
    case "tp", "tracepoint":
      KernelFeatures.tracefsObstacle?.cure ?? (errno == .accessDenied ? .closedTracefs : nil)
    case "fentry", "fexit":
      errno == .notSupported || errno == .notSupportedInKernel ? .missingTrampolines : nil
    default: nil
    }
  }

  /// What the kernel itself counts of a program.
  public func statistics(of program: String) throws(BPFError) -> ProgramStatistics {
    let found = try unsafe find(program: program)
    return try ProgramStatistics(descriptor: unsafe bpf_program__fd(found), program: program)
  }

  /// A global variable of the programs, shared with them while they run. One
  /// that is `const` for them can only be read.
  public func variable<Value: BitwiseCopyable>(
    _ name: String, as type: Value.Type
  ) throws(BPFError) -> SharedVariable<Value> {
    let place = unsafe try Variable(name, in: pointer)
    guard place.size == MemoryLayout<Value>.size else {
      throw BPFError(
        .configure, name,
        explanation: "the object holds \(place.size) bytes, "
          + "the program has \(MemoryLayout<Value>.size)")
    }
    let section = unsafe try SharedSection(place.map, of: name, in: self)
    return unsafe SharedVariable(address: section.start + place.offset, section: section)
  }

  /// The descriptor of any map of this object; nil where it has none.
  public var anyMapDescriptor: Int32? {
    var next = unsafe bpf_object__next_map(pointer, nil)
    while let map = unsafe next {
      let descriptor = unsafe bpf_map__fd(map)
      if descriptor >= 0 { return descriptor }
      unsafe next = unsafe bpf_object__next_map(pointer, map)
    }
    return nil
  }

  func descriptor(ofProgram name: String) throws(BPFError) -> Int32 {
    try unsafe bpf_program__fd(find(program: name))
  }

  func find(program name: String) throws(BPFError) -> OpaquePointer {
    try unsafe ObjectPrograms.find(name, in: pointer)
  }

  func find(map name: String) -> OpaquePointer? {
    unsafe bpf_object__find_map_by_name(pointer, name)
  }

  /// The map of that name, checked for the sizes that are asked of it.
  func map(
    _ name: String, keySize: Int?, valueSize: Int?
  ) throws(BPFError) -> MapHandle {
    guard let map = unsafe find(map: name) else {
      throw BPFError(.findMap, name, explanation: "the object has none of that name")
    }
    let handle = unsafe MapHandle(map: map, name: name, object: self)
    for (what, found, wanted) in [
      ("keys", handle.keySize, keySize), ("values", handle.valueSize, valueSize),
    ] {
      guard let wanted, found != wanted else { continue }
      throw BPFError(
        .findMap, name, explanation: "its \(what) have \(found) bytes, not \(wanted)",
        cure: "build both sides from the same header")
    }
    return handle
  }
}

/// What the kernel counts of programs.
public struct ProgramStatistics: Sendable {
  /// Runs skipped because a program was active on the CPU already. Counted
  /// from kernel 5.12 (9ed9e9ba2337 "bpf: Count the number of times recursion
  /// was prevented").
  public private(set) var recursionMisses: UInt64 = 0
  /// Calls that probes of the kernel's functions skipped, as ``Link/misses`` has them.
  public internal(set) var probeMisses: UInt64 = 0
  /// Hits that no program saw.
  public var misses: UInt64 { recursionMisses + probeMisses }
  /// Runs and their time, while a ``ProgramTimer`` lives or
  /// `kernel.bpf_stats_enabled` is 1.
  public private(set) var runs: UInt64 = 0
  public private(set) var nanoseconds: UInt64 = 0

  init() {}

  init(descriptor: Int32, program: String) throws(BPFError) {
    var info = bpf_prog_info()
    var length = UInt32(MemoryLayout<bpf_prog_info>.size)
    let result = unsafe bpf_obj_get_info_by_fd(descriptor, &info, &length)
    guard result == 0 else {
      throw BPFError(.findProgram, program, errno: ErrorNumber(rawValue: -result))
    }
    recursionMisses = info.recursion_misses
    runs = info.run_cnt
    nanoseconds = info.run_time_ns
  }

  static func += (sum: inout ProgramStatistics, more: ProgramStatistics) {
    sum.recursionMisses += more.recursionMisses
    sum.probeMisses += more.probeMisses
    sum.runs += more.runs
    sum.nanoseconds += more.nanoseconds
  }
}

/// A global variable that programs and this process see at the same time.
@safe public struct SharedVariable<Value: BitwiseCopyable> {
  private let address: UnsafeMutableRawPointer
  /// Keeps the address valid.
  private let section: SharedSection

  init(address: UnsafeMutableRawPointer, section: SharedSection) {
    unsafe self.address = address
    self.section = section
  }

  public var value: Value {
    get { unsafe address.load(as: Value.self) }
    nonmutating set { unsafe address.storeBytes(of: newValue, as: Value.self) }
  }
}

extension SharedVariable where Value == UInt32 {
  /// Writes before any later read of this thread is made.
  public func storeOrdered(_ value: UInt32) {
    unsafe shim_store_ordered_32(address, value)
  }
}
