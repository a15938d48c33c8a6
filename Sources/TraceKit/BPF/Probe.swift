import CLibbpf
import Glibc

/// A place that is known when the tool runs, and the program that is to run
/// there.
public struct Probe: Hashable, Sendable {
  public enum Place: Hashable, Sendable {
    /// The first instruction of a function of a program or library, by its offset in
    /// the file. Every process that maps the file has it, or one process alone. The
    /// offset must be from the file's own symbols: a probe elsewhere breaks the code.
    ///
    /// The semaphore, where a USDT probe has one, is the place in the file of a counter that
    /// the kernel keeps above zero while the probe is attached.
    case file(ProbedFile, offset: UInt64, process: UInt32?, semaphore: UInt64? = nil)
    /// Many of them at once (from 6.6), each with a cookie, in every process that maps the
    /// file. A semaphore of 0 is none.
    case filePlaces(ProbedFile, offsets: [UInt64], semaphores: [UInt64], cookies: [UInt64])
    /// A function of the kernel, by kprobe.
    case kernel(function: String)
    /// Many functions of the kernel at once (from 5.18), each with a cookie: by their
    /// addresses, or where there are none by their names.
    case kernelFunctions([String], addresses: [UInt64], cookies: [UInt64])
    /// A tracepoint as tracefs describes it.
    case tracepoint(category: String, event: String)
    /// A tracepoint by its name alone, with its arguments as the kernel passes them.
    case rawTracepoint(String)
    /// A function of the kernel, by its types; one of a module is MODULE:FUNCTION.
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
  /// Whether the others are attached where this one cannot be, as some functions of many
  /// cannot.
  public let mayFail: Bool

  public init(
    _ program: String, _ place: Place, label: String, atReturn: Bool = false, cookie: UInt64 = 0,
    mayFail: Bool = false
  ) {
    self.mayFail = mayFail
    self.program = program
    self.place = place
    self.label = label
    self.atReturn = atReturn
    self.cookie = cookie
  }

  /// The file that it is in; nil where it is in none.
  var file: ProbedFile? {
    switch place {
    case .file(let file, _, _, _), .filePlaces(let file, _, _, _): file
    default: nil
    }
  }

  /// The same for the two halves of many places; nil where it is for one.
  fileprivate var halves: [Probe]? {
    func half(_ place: Place) -> Probe {
      Probe(program, place, label: label, atReturn: atReturn, cookie: cookie, mayFail: mayFail)
    }
    switch place {
    case .filePlaces(let file, let offsets, let semaphores, let cookies) where cookies.count > 1:
      let middle = cookies.count / 2
      return [0..<middle, middle..<cookies.count].map { part in
        half(
          .filePlaces(
            file, offsets: Array(offsets[part]), semaphores: Array(semaphores[part]),
            cookies: Array(cookies[part])))
      }
    case .kernelFunctions(let names, let addresses, let cookies) where cookies.count > 1:
      let middle = cookies.count / 2
      return [0..<middle, middle..<cookies.count].map { part in
        half(
          .kernelFunctions(
            Array(names[part]), addresses: addresses.isEmpty ? [] : Array(addresses[part]),
            cookies: Array(cookies[part])))
      }
    default: return nil
    }
  }

  /// A program that sees the packets of a network device.
  public init(_ program: String, _ device: NetworkDevice, _ hook: NetworkDevice.Hook) {
    self.init(program, .device(device, hook), label: hook.label)
  }
}

extension LoadedObject {
  /// Attaches a program at a place, or at those of many places that can be probed: one that
  /// cannot makes the kernel refuse the link for all.
  ///
  /// - Throws: ``BPFError`` where there is none.
  func attach(partsOf probe: Probe) throws(BPFError) -> [Link] {
    do {
      return [try attach(probe)]
    } catch {
      guard let halves = probe.halves, !Self.concernsAll(error) else { throw error }
      var links: [Link] = []
      for half in halves {
        do {
          links += try attach(partsOf: half)
        } catch let failure where Self.concernsAll(failure) {
          throw failure
        } catch {}
      }
      guard !links.isEmpty else { throw error }
      return links
    }
  }

  /// Whether a failure has nothing to do with the place.
  private static func concernsAll(_ error: BPFError) -> Bool {
    let causes: [ErrorNumber?] = [nil, .notPermitted, .accessDenied, .tooManyFiles]
    return causes.contains(error.errno)
  }

  /// Attaches a program at a place that was found at run time.
  public func attach(_ probe: Probe) throws(BPFError) -> Link {
    let program = try unsafe find(program: probe.program)
    if probe.file?.hasChanged == true {
      throw BPFError(
        .attach, probe.program, target: probe.label,
        explanation: "the file was written since its symbols were read; try again")
    }
    VerifierLog.reset()
    switch probe.place {
    case .device(let device, let hook):
      return try unsafe attach(program, probe, to: device, at: hook)
    case .filePlaces(let file, let offsets, let semaphores, let cookies):
      return try unsafe attach(program, probe, to: file, offsets, semaphores, cookies)
    case .file(let file, let offset, let process, let semaphore)
    where unsafe bpf_program__expected_attach_type(program).rawValue == SHIM_UPROBE_MULTI:
      return try unsafe attach(
        program, probe, to: file, [offset], [semaphore ?? 0], [probe.cookie], of: process)
    default: break
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

  /// By one link, which the system's libbpf does not know.
  private func attach(
    _ program: OpaquePointer, _ probe: Probe, to file: ProbedFile, _ offsets: [UInt64],
    _ semaphores: [UInt64], _ cookies: [UInt64], of process: UInt32? = nil
  ) throws(BPFError) -> Link {
    let descriptor = unsafe shim_attach_uprobes(
      bpf_program__fd(program), file.path, offsets,
      semaphores.contains { $0 != 0 } ? semaphores : nil, cookies, UInt32(offsets.count),
      process ?? 0, probe.atReturn)
    guard descriptor >= 0 else {
      let errno = ErrorNumber(rawValue: -descriptor)
      throw BPFError(
        .attach, probe.program, target: probe.label, errno: errno, cure: cure(of: probe, errno))
    }
    return Link(
      descriptor: descriptor, of: self, program: probe.program,
      hook: "\(probe.program)@\(probe.label)")
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
    guard probe.file != nil, errno == .accessDenied || errno == .notPermitted else {
      return nil
    }
    return .closedUprobes
  }

  private static func link(_ program: OpaquePointer, to probe: Probe) -> OpaquePointer? {
    switch probe.place {
    case .file(let file, let offset, let process, let semaphore):
      var options = unsafe bpf_uprobe_opts()
      unsafe options.sz = unsafe MemoryLayout<bpf_uprobe_opts>.size
      unsafe options.retprobe = probe.atReturn
      unsafe options.bpf_cookie = probe.cookie
      unsafe options.ref_ctr_offset = semaphore.map(Int.init(truncatingIfNeeded:)) ?? 0
      return unsafe bpf_program__attach_uprobe_opts(
        program, process.map { Int32($0) } ?? -1, file.path, Int(offset), &options)
    case .kernel(let function):
      var options = bpf_kprobe_opts()
      // libbpf requires bytes after the last field to be zero, and padding need not be.
      options.sz = MemoryLayout.offset(of: \bpf_kprobe_opts.retprobe)! + 1
      options.retprobe = probe.atReturn
      options.bpf_cookie = probe.cookie
      return unsafe bpf_program__attach_kprobe_opts(program, function, &options)
    case .kernelFunctions(let names, let addresses, let cookies):
      return unsafe link(program, to: names, at: addresses, cookies, atReturn: probe.atReturn)
    case .tracepoint(let category, let event):
      var options = bpf_tracepoint_opts()
      options.sz = MemoryLayout<bpf_tracepoint_opts>.size
      options.bpf_cookie = probe.cookie
      return unsafe bpf_program__attach_tracepoint_opts(program, category, event, &options)
    case .rawTracepoint(let name):
      return unsafe bpf_program__attach_raw_tracepoint(program, name)
    case .typed: return unsafe bpf_program__attach_trace(program)
    case .filePlaces, .device: return nil
    }
  }

  private static func link(
    _ program: OpaquePointer, to names: [String], at addresses: [UInt64], _ cookies: [UInt64],
    atReturn: Bool
  ) -> OpaquePointer? {
    var options = unsafe bpf_kprobe_multi_opts()
    unsafe options.sz = unsafe MemoryLayout.offset(of: \bpf_kprobe_multi_opts.retprobe)! + 1
    unsafe options.retprobe = atReturn
    return unsafe cookies.withUnsafeBufferPointer { cookies in
      unsafe options.cookies = unsafe UnsafePointer(OpaquePointer(cookies.baseAddress))
      unsafe options.cnt = cookies.count
      guard addresses.isEmpty else {
        return unsafe addresses.withUnsafeBufferPointer { addresses in
          unsafe options.addrs = unsafe UnsafePointer(OpaquePointer(addresses.baseAddress))
          return unsafe bpf_program__attach_kprobe_multi_opts(program, nil, &options)
        }
      }
      let texts = unsafe names.map { unsafe strdup($0) }
      defer { for text in unsafe texts { unsafe free(text) } }
      var pointers = unsafe texts.map { unsafe UnsafePointer<CChar>($0) }
      return unsafe pointers.withUnsafeMutableBufferPointer { pointers in
        unsafe options.syms = pointers.baseAddress
        return unsafe bpf_program__attach_kprobe_multi_opts(program, nil, &options)
      }
    }
  }
}
