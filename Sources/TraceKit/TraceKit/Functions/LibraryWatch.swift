import CLinux
import Glibc

/// Probes files that processes map while the tool runs, each once.
///
/// Its thread is told of new mappings by the kernel. What a process calls before the file is
/// probed is not seen.
final class LibraryWatch: LaterHooks, @unchecked Sendable {
  /// A file as the kernel numbers it.
  private struct FileNumber: Hashable {
    let device: UInt64
    let inode: UInt64

    init(_ mapping: linux_mapping) {
      device = UInt64(mapping.major) << 32 | UInt64(mapping.minor)
      inode = mapping.inode
    }

    /// - Parameter identity: as maps files have it.
    init?(_ identity: String) {
      let parts = identity.split(whereSeparator: { $0 == ":" || $0 == " " })
      guard parts.count == 3, let major = UInt64(parts[0], radix: 16),
        let minor = UInt64(parts[1], radix: 16), let inode = UInt64(parts[2])
      else { return nil }
      device = major << 32 | minor
      self.inode = inode
    }

    init?(status: stat) {
      device =
        UInt64(status.st_dev >> 8 & 0xfff) << 32
        | UInt64(status.st_dev & 0xff | status.st_dev >> 12 & 0xfff00)
      inode = UInt64(status.st_ino)
    }
  }

  private let functions: LibraryFunctions
  /// Only files of these; empty: of all.
  private let processes: Set<UInt32>
  private let only: UInt32?
  private let tool: String
  private let isVerbose: Bool

  /// The buffers of the CPUs, by their descriptors.
  private var buffers: [Int32: UnsafeMutableRawPointer] = [:]
  /// A pipe whose first end becomes readable when the watch ends.
  private var stop: [Int32] = [-1, -1]
  private var obstacle: ErrorNumber?
  private var object: LoadedObject?

  /// The files that were looked at, with the generation of their inodes where it is known.
  private var known: [FileNumber: UInt64?] = [:]
  /// There can be more files than are worth remembering.
  private static let mostKnown = 1 << 18

  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private var links: [Link] = []
  private var isEnded = false
  private var toldFailure = false

  var programs: Set<String> { functions.programs }
  var isOfOneProcess: Bool { only != nil }

  /// What its thread needs: to attach probes, and to look into processes. A probe of a file
  /// takes CAP_SYS_ADMIN (perf_uprobe_event_init()).
  private static let needed = Symbolizer.retained.union([.bpf, .perfmon, .sysAdmin])

  /// Collects new mappings from now on.
  init(
    _ functions: LibraryFunctions, of processes: [UInt32], only: UInt32?, tool: String,
    isVerbose: Bool
  ) {
    self.functions = functions
    self.processes = Set(processes)
    self.only = only
    self.tool = tool
    self.isVerbose = isVerbose
    pthread_mutex_init(lock, nil)
    if pipe(&stop) == 0 {
      for end in stop { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }
    for cpu in Sampling.onlineCPUs {
      var area: UnsafeMutableRawPointer?
      let descriptor = linux_collect_mappings(cpu, &area)
      guard descriptor >= 0, let area else {
        // One that went offline meanwhile maps nothing.
        if errno != ENODEV { obstacle = .current }
        continue
      }
      buffers[descriptor] = area
    }
  }

  deinit {
    for (descriptor, area) in buffers { linux_end_mappings(descriptor, area) }
    for end in stop where end >= 0 { close(end) }
    pthread_mutex_destroy(lock)
    lock.deallocate()
  }

  /// Leaves out files that are probed already.
  func know(_ paths: [String]) {
    for path in paths {
      if let status = CodeFile.at(path).open()?.status, let number = FileNumber(status: status) {
        known.updateValue(nil, forKey: number)
      }
    }
  }

  /// The probes in what is mapped now.
  ///
  /// - Throws: ``ToolError`` where a process is not there.
  func probesOfToday() throws -> [Probe] {
    for process in processes.sorted() where !File.exists("/proc/\(process)") {
      throw ToolError(.usage, "there is no process \(process)")
    }
    return newFiles().flatMap(probes)
  }

  private func probes(in file: OpenCodeFile) -> [Probe] {
    functions.probes(in: file, only: only)
  }

  /// Those of what is mapped now that were not looked at.
  private func newFiles() -> [OpenCodeFile] {
    var files: [CodeFile] = []
    if processes.isEmpty { files = CodeFile.ofAllProcesses() }
    for process in processes.sorted() {
      // The libraries of this process itself, where those of the other cannot be seen.
      files += CodeFile.all(of: "\(process)") ?? CodeFile.all(of: "self") ?? []
    }
    return open(
      files.filter { file in
        guard let number = FileNumber(file.identity), known[number] == nil else { return false }
        known.updateValue(nil, forKey: number)
        return true
      })
  }

  private func open(
    _ files: [CodeFile], on thread: BoundedThread = .make()
  ) -> [OpenCodeFile] {
    OpenCodeFile.open(files, named: functions.names, notes: functions.notes, on: thread)
  }

  func begin(_ object: LoadedObject) {
    self.object = object
    functions.arguments?.write(to: object)
    if let obstacle {
      tell("\(tool): libraries that are mapped later are not traced: \(obstacle)")
    }
    guard !buffers.isEmpty, stop[0] >= 0 else { return }
    let context = Unmanaged.passRetained(self)
    let error = linux_start_elsewhere(
      { context in
        let watch = Unmanaged<LibraryWatch>.fromOpaque(context!).takeRetainedValue()
        _ = linux_keep_capabilities(LibraryWatch.needed.rawValue)
        watch.run()
        return nil
      }, context.toOpaque())
    guard error != 0 else { return }
    context.release()
    tell("\(tool): libraries that are mapped later are not traced: \(ErrorNumber(rawValue: error))")
  }

  func end() {
    pthread_mutex_lock(lock)
    isEnded = true
    Link.detach(links)
    links.removeAll()
    pthread_mutex_unlock(lock)
    if stop[1] >= 0 { _ = write(stop[1], [0], 1) }
  }

  private func run() {
    let path = UnsafeMutablePointer<CChar>.allocate(capacity: Int(LINUX_PATH_ROOM))
    defer { path.deallocate() }
    let thread = BoundedThread.make()
    var waiting = ([stop[0]] + buffers.keys).map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    while poll(&waiting, nfds_t(waiting.count), -1) >= 0 || errno == EINTR {
      if waiting[0].revents != 0 { return }
      var hasLost = false
      for area in buffers.values {
        var mapping = linux_mapping()
        while true {
          let result = linux_next_mapping(area, &mapping, path)
          if result == 0 { break }
          if result < 0 { hasLost = true } else { look(at: mapping, path, thread) }
        }
      }
      guard hasLost else { continue }
      for file in newFiles() { attach(to: file, mapped: "after a process mapped it") }
    }
  }

  private func look(
    at mapping: linux_mapping, _ path: UnsafePointer<CChar>, _ thread: BoundedThread
  ) {
    guard processes.isEmpty || processes.contains(mapping.pid) else { return }
    let number = FileNumber(mapping)
    if let generation = known[number], generation == nil || generation == mapping.generation {
      known[number] = mapping.generation
      return
    }
    if known.count >= Self.mostKnown { known.removeAll() }
    known[number] = mapping.generation
    let end = mapping.start &+ mapping.size
    let file = CodeFile(
      identity: "", name: String(cString: path),
      way: .mapping(
        of: "\(mapping.pid)",
        range: "\(String(mapping.start, radix: 16))-\(String(end, radix: 16))",
        inode: "\(mapping.inode)"))
    for found in open([file], on: thread) {
      let window = (EventClock.now &- mapping.time_ns) / 1_000_000
      attach(to: found, mapped: "\(window) ms after process \(mapping.pid) mapped it")
    }
  }

  /// - Parameter mapped: when that was.
  private func attach(to file: OpenCodeFile, mapped: String) {
    let probes = probes(in: file)
    if let object { functions.arguments?.write(to: object) }
    guard !probes.filter(attach).isEmpty, isVerbose else { return }
    tell(
      "\(tool): also attached to \(file.name), \(mapped); its calls until then were not seen")
  }

  /// - Returns: false where it cannot be attached, or the watch has ended.
  private func attach(_ probe: Probe) -> Bool {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    guard !isEnded, let object else { return false }
    do throws(BPFError) {
      links.append(try object.attach(probe))
      return true
    } catch {
      if !toldFailure { tell("\(tool): \(probe.label) is not traced: \(error)") }
      toldFailure = true
      return false
    }
  }
}
