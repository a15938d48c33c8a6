import CLibdw

/// A place in code, as a person reads it.
public struct Frame: Sendable {
  /// The function; the module with an offset where there is no symbol; else the
  /// address.
  public let name: String
  public let address: UInt64
  public let isKernel: Bool

  public init(name: String, address: UInt64, isKernel: Bool) {
    self.name = name
    self.address = address
    self.isKernel = isKernel
  }
}

/// The address space that frames of user space belong to.
public struct AddressSpace: Hashable, Sendable {
  /// As proc numbers it; 0: it is not there.
  public let pid: UInt32
  /// Another one after exec, and for another process with that number.
  public let generation: UInt64

  public init(pid: UInt32, generation: UInt64) {
    self.pid = pid
    self.generation = generation
  }
}

/// Names the places where the kernel and processes are.
///
/// Make it before the tool gives up its capabilities: the kernel's addresses are shown
/// to whom they were shown then. ``retained`` are those that reading the memory of
/// others takes.
public final class Symbolizer {
  /// What naming the frames of other users' processes takes.
  public static let retained: Capabilities = [.readAnyFile, .lookIntoProcesses]

  private let kernel = KernelSymbols()
  private let files = MappedFiles()
  private var symbols: [[UInt8]: FileSymbols] = [:]
  private var images: [AddressSpace: ProcessImage] = [:]
  /// The newest of each number.
  private var newest: [UInt32: AddressSpace] = [:]
  private var kernelNames: [UInt64: Frame] = [:]
  private var userNames: [AddressSpace: [UInt64: Frame]] = [:]
  private var demangled: [String: String] = [:]
  private let tell: (String) -> Void
  private var toldOfLibrary = false
  private var toldOfKernel = false
  private var toldOfProcesses = false

  /// - Parameter tell: is told once of what keeps frames from having names.
  public init(tell: @escaping (String) -> Void) {
    self.tell = tell
  }

  /// Reads what a process has mapped, which must be done while it lives.
  public func look(at space: AddressSpace) {
    guard space.pid != 0 else { return }
    let image = images[space] ?? ProcessImage(pid: space.pid)
    images[space] = image
    newest[space.pid] = space
    // The address stands for the same as before, but where it had no name.
    if image.read(files) { userNames[space] = nil }
  }

  /// Reads again what the processes that are still there have mapped.
  public func lookAgain() {
    for space in images.keys {
      if newest[space.pid] == space { look(at: space) } else { images[space]?.timesGone += 1 }
    }
  }

  /// Forgets the processes that were gone already at the summary before.
  public func forgetGone() {
    for (space, image) in images where image.timesGone > 1 {
      images[space] = nil
      userNames[space] = nil
      if newest[space.pid] == space { newest[space.pid] = nil }
    }
  }

  /// The frames of a kernel stack, innermost first.
  ///
  /// - Parameter skipsTracer: leaves out what led from the hook to the program.
  public func kernel(_ addresses: some Collection<UInt64>, skipsTracer: Bool) -> [Frame] {
    var frames = addresses.enumerated().map { index, address in
      kernelFrame(address, isReturn: index > 0)
    }
    if skipsTracer { frames.removeFirst(frames.prefix { Self.isOfTracer($0.name) }.count) }
    return frames
  }

  private static func isOfTracer(_ name: String) -> Bool {
    [
      "bpf_prog_", "bpf_trampoline_", "bpf_trace_run", "__bpf_trace_", "__traceiter_",
      "bpf_get_stack", "__bpf_get_stack",
    ].contains { name.hasPrefix($0) }
  }

  private func kernelFrame(_ address: UInt64, isReturn: Bool) -> Frame {
    if let known = kernelNames[address] { return known }
    // A call that never returns may be the last instruction of its function.
    let function = kernel.function(at: isReturn ? address &- 1 : address)
    if kernel.isHidden, !toldOfKernel {
      toldOfKernel = true
      tell(
        "kernel frames have no names: the kernel hides its addresses from this user "
          + "(kernel.kptr_restrict, or CAP_SYSLOG)")
    }
    let frame = Frame(
      name: function?.name ?? Self.hexadecimal(address), address: address, isKernel: true)
    kernelNames[address] = frame
    return frame
  }

  /// The frames of a user stack, innermost first.
  public func user(_ addresses: some Collection<UInt64>, in space: AddressSpace) -> [Frame] {
    if images[space] == nil { look(at: space) }
    var known = userNames[space] ?? [:]
    let frames = addresses.enumerated().map { index, address in
      if let frame = known[address] { return frame }
      let name = userName(index > 0 ? address &- 1 : address, shown: address, in: space)
      let frame = Frame(name: name, address: address, isKernel: false)
      known[address] = frame
      return frame
    }
    userNames[space] = known
    return frames
  }

  private func userName(_ address: UInt64, shown: UInt64, in space: AddressSpace) -> String {
    if images[space]?.isClosed == true, !toldOfProcesses {
      toldOfProcesses = true
      tell(
        "frames of other users' processes have no names: it takes CAP_SYS_PTRACE and "
          + "CAP_DAC_READ_SEARCH")
    }
    guard let image = images[space], let (mapping, file) = image.find(address) else {
      return images[space]?.perfMap?.function(at: address) ?? "[unknown]"
    }
    if mapping.isAnonymous {
      return image.perfMap?.function(at: address) ?? "[unknown]"
    }
    let offset = address - mapping.start + mapping.offset
    guard let file else { return "\(mapping.path)+\(Self.hexadecimal(offset))" }
    let place = file.address(of: offset)
    if let symbol = file.function(at: place, known: &symbols) { return demangle(symbol) }
    if !symbols_available(), !toldOfLibrary {
      toldOfLibrary = true
      tell("user frames have no names: libdw.so.1 is not installed (elfutils; Debian: libdw1)")
    }
    return "\(file.name)+\(Self.hexadecimal(place &+ shown &- address))"
  }

  private func demangle(_ symbol: String) -> String {
    if let known = demangled[symbol] { return known }
    let name = Demangling.name(of: symbol)
    demangled[symbol] = name
    return name
  }

  static func hexadecimal(_ number: UInt64) -> String { "0x" + String(number, radix: 16) }
}
