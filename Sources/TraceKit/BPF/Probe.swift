import CLibbpf
import Glibc

/// A file that is to be probed. It stays open from the reading of its symbols until the
/// probes are attached, so that both are of one file whatever becomes of its path.
public final class ProbedFile: Hashable, Sendable {
  private let descriptor: Int32
  private let version: [Int]

  /// - Parameter descriptor: is duplicated; nil where that fails.
  public init?(_ descriptor: Int32) {
    let own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard own >= 0 else { return nil }
    self.descriptor = own
    version = Self.version(of: own)
  }

  deinit { close(descriptor) }

  /// Leads to it for the kernel and for this process.
  var path: String { "/proc/self/fd/\(descriptor)" }

  /// Whether it was written since it was opened.
  var hasChanged: Bool { version != Self.version(of: descriptor) }

  private static func version(of descriptor: Int32) -> [Int] {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return [] }
    return [
      Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
    ]
  }

  public static func == (left: ProbedFile, right: ProbedFile) -> Bool { left === right }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// A place that is known when the tool runs, and the program that is to run
/// there.
public struct Probe: Hashable, Sendable {
  public enum Place: Hashable, Sendable {
    /// The first instruction of a function of a program or library, by its offset in
    /// the file. Every process that maps the file has it, or one process alone. The
    /// offset must be from the file's own symbols: a probe elsewhere breaks the code.
    case file(ProbedFile, offset: UInt64, process: UInt32?)
    /// A function of the kernel, by kprobe.
    case kernel(function: String)
    /// A function of the kernel, by its types.
    case typed(function: String)
    /// The packets of a network device.
    case device(NetworkDevice, NetworkDevice.Hook)
  }

  public let program: String
  public let place: Place
  /// What a person reads of the place, such as "libc.so.6:malloc".
  public let label: String
  /// Whether the program runs when the function returns, not when it begins.
  public let atReturn: Bool
  /// What the program gets from `bpf_get_attach_cookie`; 0: nothing. Kernels have
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

  /// A program that sees the packets of a network device.
  public init(_ program: String, _ device: NetworkDevice, _ hook: NetworkDevice.Hook) {
    self.init(program, .device(device, hook), label: hook.label)
  }
}

extension LoadedObject {
  /// Attaches a program at a place that was found at run time.
  public func attach(_ probe: Probe) throws(BPFError) -> Link {
    guard let program = unsafe find(program: probe.program) else {
      throw BPFError(
        .findProgram, probe.program, explanation: "the object has none of that name")
    }
    if case .file(let file, _, _) = probe.place, file.hasChanged {
      throw BPFError(
        .attach, probe.program, target: probe.label,
        explanation: "the file was written since its symbols were read; try again")
    }
    VerifierLog.reset()
    if case .device(let device, let hook) = probe.place {
      return try unsafe attach(program, probe, to: device, at: hook)
    }
    guard let link = unsafe Self.link(program, to: probe) else {
      let errno = ErrorNumber.current
      throw BPFError(
        .attach, probe.program, target: probe.label, errno: errno,
        explanation: VerifierLog.excerpt(), cure: cure(of: probe, errno))
    }
    return unsafe Link(
      adopting: link, of: self, program: probe.program, hook: "\(probe.program)@\(probe.label)")
  }

  private func attach(
    _ program: OpaquePointer, _ probe: Probe, to device: NetworkDevice, at hook: NetworkDevice.Hook
  ) throws(BPFError) -> Link {
    do {
      return Link(
        descriptor: unsafe try device.attach(program, at: hook), of: self,
        program: probe.program, hook: "\(probe.program)@\(probe.label)")
    } catch {
      throw BPFError(
        .attach, probe.program, target: "\(device.name), \(probe.label)", errno: error,
        meaning: error == .busy ? "the device has a program there already" : nil)
    }
  }

  private func cure(of probe: Probe, _ errno: ErrorNumber) -> Cure? {
    guard case .file = probe.place, errno == .accessDenied || errno == .notPermitted else {
      return nil
    }
    return .closedUprobes
  }

  private static func link(_ program: OpaquePointer, to probe: Probe) -> OpaquePointer? {
    switch probe.place {
    case .file(let file, let offset, let process):
      var options = unsafe bpf_uprobe_opts()
      unsafe options.sz = unsafe MemoryLayout<bpf_uprobe_opts>.size
      unsafe options.retprobe = probe.atReturn
      unsafe options.bpf_cookie = probe.cookie
      return unsafe bpf_program__attach_uprobe_opts(
        program, process.map { Int32($0) } ?? -1, file.path, Int(offset), &options)
    case .kernel(let function):
      var options = bpf_kprobe_opts()
      // libbpf requires bytes after the last field to be zero, and padding need not be.
      options.sz = MemoryLayout.offset(of: \bpf_kprobe_opts.retprobe)! + 1
      options.retprobe = probe.atReturn
      options.bpf_cookie = probe.cookie
      return unsafe bpf_program__attach_kprobe_opts(program, function, &options)
    case .typed: return unsafe bpf_program__attach_trace(program)
    case .device: return nil
    }
  }
}
