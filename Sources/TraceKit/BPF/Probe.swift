import CLibbpf

/// A place of code that is known when the tool runs, and the program that is to run
/// there.
public struct Probe: Hashable, Sendable {
  public enum Place: Hashable, Sendable {
    /// An instruction of a program or library, by its offset in the file. Every
    /// process that maps the file has it, or one process alone.
    case file(path: String, offset: UInt64, process: UInt32?)
    /// A function of the kernel, by kprobe.
    case kernel(function: String)
    /// A function of the kernel, by its types.
    case typed(function: String)
  }

  public let program: String
  public let place: Place
  /// What a person reads of the place, such as "libc.so.6:malloc".
  public let label: String
  /// Whether the program runs when the function returns, not when it begins.
  public let atReturn: Bool
  /// What the program is told by `bpf_get_attach_cookie`; 0: nothing. Kernels have
  /// it from 5.15.
  public let cookie: UInt64

  public init(
    _ program: String, _ place: Place, label: String, atReturn: Bool = false, cookie: UInt64 = 0
  ) {
    self.program = program
    self.place = place
    self.label = label
    self.atReturn = atReturn
    self.cookie = cookie
  }
}

extension LoadedObject {
  /// Attaches a program at a place that was found at run time.
  public func attach(_ probe: Probe) throws(BPFError) -> Link {
    guard let program = unsafe find(program: probe.program) else {
      throw BPFError(
        .findProgram, probe.program, explanation: "the object has none of that name")
    }
    VerifierLog.reset()
    guard let link = unsafe Self.link(program, to: probe) else {
      let errno = ErrorNumber.current
      throw BPFError(
        .attach, probe.program, target: probe.label, errno: errno,
        explanation: VerifierLog.excerpt(), cure: cure(of: probe, errno))
    }
    return unsafe Link(
      adopting: link, of: self, program: probe.program, hook: "\(probe.program)@\(probe.label)")
  }

  private func cure(of probe: Probe, _ errno: ErrorNumber) -> Cure? {
    guard case .file = probe.place, errno == .accessDenied || errno == .notPermitted else {
      return nil
    }
    return .closedUprobes
  }

  private static func link(_ program: OpaquePointer, to probe: Probe) -> OpaquePointer? {
    switch probe.place {
    case .file(let path, let offset, let process):
      var options = unsafe bpf_uprobe_opts()
      unsafe options.sz = unsafe MemoryLayout<bpf_uprobe_opts>.size
      unsafe options.retprobe = probe.atReturn
      unsafe options.bpf_cookie = probe.cookie
      return unsafe bpf_program__attach_uprobe_opts(
        program, process.map { Int32($0) } ?? -1, path, Int(offset), &options)
    case .kernel(let function):
      var options = bpf_kprobe_opts()
      // libbpf asks that what stands behind the last field be zero, and padding need not be.
      options.sz = MemoryLayout.offset(of: \bpf_kprobe_opts.retprobe)! + 1
      options.retprobe = probe.atReturn
      options.bpf_cookie = probe.cookie
      return unsafe bpf_program__attach_kprobe_opts(program, function, &options)
    case .typed: return unsafe bpf_program__attach_trace(program)
    }
  }
}
