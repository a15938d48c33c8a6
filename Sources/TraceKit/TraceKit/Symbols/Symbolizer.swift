/// Names the places where the kernel and processes are.
///
/// Make it before the tool gives up its capabilities: the kernel's addresses are shown
/// to whom they were shown then. ``retained`` are those that reading the memory of
/// others takes.
public final class Symbolizer {
  /// What naming the frames of other users' processes takes, and with the last that of
  /// code whose file was deleted or is out of reach by its path.
  public static let retained: Capabilities = [
    .readAnyFile, .lookIntoProcesses, .openMappedFiles,
  ]

  private let kernel = KernelSymbols()
  private let files: MappedFiles
  private var images: [AddressSpace: ProcessImage] = [:]
  /// The newest of each number.
  private var newest: [UInt32: AddressSpace] = [:]
  private var kernelNames: [UInt64: Frame] = [:]
  /// At an address there are more than one where functions are inlined.
  private var userNames: [AddressSpace: [UInt64: [Frame]]] = [:]
  /// How many addresses have been named there since all were forgotten. A process can have
  /// any in its stacks.
  private var namesCount = 0
  private static let mostNames = 1 << 18
  /// Whether frames have their places in the source, and those that are inlined too.
  private let showsLines: Bool
  let tell: (String) -> Void
  private var toldOfKernel = false
  private var toldOfProcesses = false
  private var toldOfRuntimes: Set<String> = []

  /// - Parameters:
  ///   - showsLines: frames of user space have their places in the source, and there are
  ///     those of functions that are inlined.
  ///   - tell: is told once of what keeps frames from having names.
  public init(showsLines: Bool = false, tell: @escaping (String) -> Void) {
    self.showsLines = showsLines
    self.tell = tell
    files = MappedFiles(tell: tell)
    // Each file that is mapped anywhere takes one.
    DescriptorLimit.raise()
  }

  /// Those of processes that were not met yet.
  private var imagesAhead: [UInt32: ProcessImage] = [:]

  /// Reads what a process has mapped that is expected to be met: it may end at once then.
  func lookAhead(at pid: UInt32) {
    let image = ProcessImage(pid: pid)
    _ = image.read(files)
    imagesAhead[pid] = image
  }

  /// Reads what a process has mapped, which must be done while it lives.
  public func look(at space: AddressSpace) {
    guard space.pid != 0, !Lookup.isReplay else { return }
    let image =
      images[space] ?? imagesAhead.removeValue(forKey: space.pid) ?? ProcessImage(pid: space.pid)
    images[space] = image
    newest[space.pid] = space
    // The address stands for the same as before, but where it had no name.
    if image.read(files) { userNames[space] = nil }
    limitMappings(image.mappingCount)
  }

  /// What a process has mapped, as it was read last.
  func places(of space: AddressSpace) -> [ProcessImage.Place] { images[space]?.current ?? [] }

  func knows(_ space: AddressSpace) -> Bool { images[space] != nil }

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

  /// Address spaces that were new since those that are gone were last looked for.
  private var met = 0
  private var mostMet = Symbolizer.fewMet
  private static let fewMet = 256

  /// Notes that a single event is of an address space. Where no summary ends what is remembered of
  /// processes, this does, at a cost for each new one that does not grow with their number.
  ///
  /// - Returns: whether some may be forgotten now.
  @discardableResult
  func meet(_ space: AddressSpace) -> Bool {
    guard images[space] == nil, !Lookup.isReplay else { return false }
    met += 1
    guard met >= mostMet else { return false }
    lookAgain()
    forgetGone()
    met = 0
    mostMet = max(Self.fewMet, images.count)
    return true
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
    Lookup.text("kernel_place", address) { systemKernelPlace(address) }
      ?? Self.hexadecimal(address)
  }

  private func systemKernelPlace(_ address: UInt64) -> String {
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
    guard Lookup.desk != nil else { return systemKernelFrame(address, isReturn: isReturn) }
    let answer = Lookup.bytes("kernel_frame", Lookup.encode(address)) {
      Frame.recorded([systemKernelFrame(address, isReturn: isReturn)])
    }
    return Frame.list(answer, at: address, isKernel: true)[0]
  }

  private func systemKernelFrame(_ address: UInt64, isReturn: Bool) -> Frame {
    if let known = kernelNames[address] { return known }
    let function = kernelFunction(address, isReturn: isReturn)
    let frame = Frame(
      name: function?.name ?? Self.hexadecimal(address), address: address, isKernel: true,
      offset: function.map { address &- $0.start })
    kernelNames[address] = frame
    return frame
  }

  /// Finds the names of many stacks of one address space at once, which costs less than
  /// to ask for each stack.
  public func prepareUser(_ stacks: some Sequence<[UInt64]>, in space: AddressSpace) {
    if Lookup.isReplay { return }
    if images[space] == nil { look(at: space) }
    if namesCount >= Self.mostNames { (userNames, namesCount) = ([:], 0) }
    let known = userNames[space] ?? [:]
    var unknown: Set<Address> = []
    // The rest is found when it is asked for.
    for stack in stacks where unknown.count < Self.mostNames {
      for (index, address) in stack.enumerated() where known[address] == nil {
        // A call that never returns may be the last instruction of its function.
        unknown.insert(Address(shown: address, searched: index > 0 ? address &- 1 : address))
      }
    }
    guard !unknown.isEmpty else { return }
    namesCount += unknown.count
    let frames = frames(of: Array(unknown), in: space)
    for address in unknown {
      userNames[space, default: [:]][address.shown] =
        frames[address]
        ?? [Frame(name: Self.unknown, address: address.shown, isKernel: false)]
    }
  }

  /// The frames of a user stack, innermost first.
  public func user(_ addresses: some Collection<UInt64>, in space: AddressSpace) -> [Frame] {
    prepareUser([Array(addresses)], in: space)
    let known = userNames[space] ?? [:]
    guard Lookup.desk != nil else { return addresses.flatMap { known[$0] ?? [] } }
    let owner = Lookup.encode(space.generation) + Lookup.encode(space.pid)
    return addresses.flatMap { address in
      let answer = Lookup.bytes("user_frames", owner + Lookup.encode(address)) {
        known[address].map(Frame.recorded)
      }
      return Frame.list(answer, at: address, isKernel: false)
    }
  }

  static let unknown = "[unknown]"

  private struct Address: Hashable {
    let shown: UInt64
    let searched: UInt64
  }

  /// What is asked of one file.
  private struct Question {
    let file: MappedFile
    var places: [(address: Address, place: UInt64)] = []
  }

  private func frames(of addresses: [Address], in space: AddressSpace) -> [Address: [Frame]] {
    guard let image = images[space] else { return [:] }
    if image.isClosed, !toldOfProcesses {
      toldOfProcesses = true
      tell(
        "frames of other users' processes have no names: they need CAP_SYS_PTRACE and "
          + "CAP_DAC_READ_SEARCH")
    }
    var frames: [Address: [Frame]] = [:]
    var questions: [ObjectIdentifier: Question] = [:]
    for address in addresses {
      let found = image.find(address.searched)
      if let (mapping, file) = found, !mapping.isAnonymous {
        let offset = address.searched &- mapping.start &+ mapping.offset
        guard let file else {
          let name = mapping.isFile ? mapping.fileName : mapping.path[...]
          frames[address] = [
            Frame(
              name: "\(name)+\(Self.hexadecimal(offset))", address: address.shown,
              isKernel: false)
          ]
          continue
        }
        questions[ObjectIdentifier(file), default: Question(file: file)].places
          .append((address, file.address(of: offset)))
      } else if let jit = image.jit {
        questions[ObjectIdentifier(jit), default: Question(file: jit)].places
          .append((address, address.searched))
      }
    }
    for question in questions.values { frames.merge(answer(question)) { $1 } }
    if image.jit == nil {
      adviseAboutRuntime(of: image, addresses.map { frames[$0]?.last?.name })
    }
    return frames
  }

  private func answer(_ question: Question) -> [Address: [Frame]] {
    let (file, places) = (question.file, question.places.map(\.place))
    let names = file.functions(at: places)
    let lines = showsLines ? file.lines(at: places) : []
    var frames: [Address: [Frame]] = [:]
    for (index, (address, place)) in question.places.enumerated() {
      // Of code that a process made, the number says nothing.
      let other = file.isCode ? file.place(place &+ address.shown &- address.searched) : nil
      guard let name = names[index] ?? other else { continue }
      let sources = showsLines ? lines[index] : []
      frames[address] = sources.dropLast().map {
        Frame(
          name: $0.name ?? Self.unknown, address: address.shown, isKernel: false,
          place: $0.place, isInlined: true)
      }
      frames[address, default: []].append(
        Frame(
          name: name, address: address.shown, isKernel: false, place: sources.last?.place))
    }
    return frames
  }

  /// Says once how to have names of functions that a runtime has made or interprets.
  private func adviseAboutRuntime(of image: ProcessImage, _ names: [String?]) {
    guard let runtime = image.runtime, !toldOfRuntimes.contains(runtime.name),
      names.contains(where: runtime.hides)
    else { return }
    toldOfRuntimes.insert(runtime.name)
    tell("functions of \(runtime.name) have no names (process \(image.pid)): \(runtime.advice)")
  }

  static func hexadecimal(_ number: UInt64) -> String { "0x" + String(number, radix: 16) }
}
