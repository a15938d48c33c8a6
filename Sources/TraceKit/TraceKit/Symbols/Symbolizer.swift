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
  private let files: MappedFiles
  private var images: [AddressSpace: ProcessImage] = [:]
  /// The newest of each number.
  private var newest: [UInt32: AddressSpace] = [:]
  private var kernelNames: [UInt64: Frame] = [:]
  private var userNames: [AddressSpace: [UInt64: Frame]] = [:]
  private let tell: (String) -> Void
  private var toldOfKernel = false
  private var toldOfProcesses = false

  /// - Parameter tell: is told once of what keeps frames from having names.
  public init(tell: @escaping (String) -> Void) {
    self.tell = tell
    files = MappedFiles(tell: tell)
    // Each file that is mapped anywhere takes one.
    DescriptorLimit.raise()
  }

  /// Reads what a process has mapped, which must be done while it lives.
  public func look(at space: AddressSpace) {
    guard space.pid != 0 else { return }
    let image = images[space] ?? ProcessImage(pid: space.pid)
    images[space] = image
    newest[space.pid] = space
    // The address stands for the same as before, but where it had no name.
    if image.read(files) { userNames[space] = nil }
    limitMappings(image.mappingCount)
  }

  /// The mappings of all processes that are kept. Nobody but who has the most loses them.
  private static let mostMappings = 1 << 18
  private var mappings = 0

  private func limitMappings(_ more: Int) {
    mappings += more
    guard mappings > Self.mostMappings else { return }
    mappings = images.values.reduce(0) { $0 + $1.mappingCount }
    while mappings > Self.mostMappings / 2,
      let largest = images.values.max(by: { $0.mappingCount < $1.mappingCount })
    {
      mappings -= largest.mappingCount
      largest.empty()
    }
  }

  /// Reads again what the processes that are still there have mapped.
  public func lookAgain() {
    for (space, image) in images {
      let isNewest = newest[space.pid] == space
      if isNewest { look(at: space) }
      if image.isGone || !isNewest { image.summariesGone += 1 }
    }
  }

  /// Forgets the processes that were gone already at the summary before.
  public func forgetGone() {
    for (space, image) in images where image.summariesGone > 1 {
      images[space] = nil
      userNames[space] = nil
      if newest[space.pid] == space { newest[space.pid] = nil }
    }
  }

  /// The frames of a kernel stack, innermost first.
  ///
  /// - Parameters:
  ///   - addresses: those of the stack, innermost first.
  ///   - skipsTracer: leaves out the frames between the hook and the program.
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

  /// The function that a return address lies in, and the offset there.
  func kernelPlace(_ address: UInt64) -> String {
    guard let function = kernelFunction(address, isReturn: true) else {
      return Self.hexadecimal(address)
    }
    return "\(function.name)+\(Self.hexadecimal(address &- function.start))"
  }

  private func kernelFunction(_ address: UInt64, isReturn: Bool) -> KernelSymbols.Found? {
    // A call that never returns may be the last instruction of its function.
    let function = kernel.function(at: isReturn ? address &- 1 : address)
    if kernel.isHidden, !toldOfKernel {
      toldOfKernel = true
      tell(
        "kernel frames have no names: the kernel hides its addresses from this user "
          + "(kernel.kptr_restrict, or CAP_SYSLOG)")
    }
    return function
  }

  private func kernelFrame(_ address: UInt64, isReturn: Bool) -> Frame {
    if let known = kernelNames[address] { return known }
    let function = kernelFunction(address, isReturn: isReturn)
    let frame = Frame(
      name: function?.name ?? Self.hexadecimal(address), address: address, isKernel: true)
    kernelNames[address] = frame
    return frame
  }

  /// Finds the names of many stacks of one address space at once, which costs less than
  /// to ask for each stack.
  public func prepareUser(_ stacks: [[UInt64]], in space: AddressSpace) {
    if images[space] == nil { look(at: space) }
    let known = userNames[space] ?? [:]
    var unknown: Set<Address> = []
    for stack in stacks {
      for (index, address) in stack.enumerated() where known[address] == nil {
        // A call that never returns may be the last instruction of its function.
        unknown.insert(Address(shown: address, searched: index > 0 ? address &- 1 : address))
      }
    }
    guard !unknown.isEmpty else { return }
    let names = names(of: Array(unknown), in: space)
    for address in unknown {
      userNames[space, default: [:]][address.shown] = Frame(
        name: names[address] ?? Self.unknown, address: address.shown, isKernel: false)
    }
  }

  /// The frames of a user stack, innermost first.
  public func user(_ addresses: some Collection<UInt64>, in space: AddressSpace) -> [Frame] {
    prepareUser([Array(addresses)], in: space)
    let known = userNames[space] ?? [:]
    return addresses.compactMap { known[$0] }
  }

  private static let unknown = "[unknown]"

  private struct Address: Hashable {
    let shown: UInt64
    let searched: UInt64
  }

  /// What is asked of one file.
  private struct Question {
    let file: MappedFile
    var places: [(address: Address, place: UInt64)] = []
  }

  private func names(of addresses: [Address], in space: AddressSpace) -> [Address: String] {
    guard let image = images[space] else { return [:] }
    if image.isClosed, !toldOfProcesses {
      toldOfProcesses = true
      tell(
        "frames of other users' processes have no names: they need CAP_SYS_PTRACE and "
          + "CAP_DAC_READ_SEARCH")
    }
    var names: [Address: String] = [:]
    var questions: [ObjectIdentifier: Question] = [:]
    for address in addresses {
      let found = image.find(address.searched)
      if let (mapping, file) = found, !mapping.isAnonymous {
        let offset = address.searched &- mapping.start &+ mapping.offset
        guard let file else {
          let name = mapping.isFile ? mapping.fileName : mapping.path[...]
          names[address] = "\(name)+\(Self.hexadecimal(offset))"
          continue
        }
        questions[ObjectIdentifier(file), default: Question(file: file)].places
          .append((address, file.address(of: offset)))
      } else if let jit = image.jit {
        questions[ObjectIdentifier(jit), default: Question(file: jit)].places
          .append((address, address.searched))
      }
    }
    for question in questions.values {
      let file = question.file
      let found = file.functions(at: question.places.map(\.place))
      for ((address, place), name) in zip(question.places, found) {
        // Of code that a process made, the number says nothing.
        let other = file.isCode ? file.place(place &+ address.shown &- address.searched) : nil
        names[address] = name ?? other
      }
    }
    return names
  }

  static func hexadecimal(_ number: UInt64) -> String { "0x" + String(number, radix: 16) }
}
