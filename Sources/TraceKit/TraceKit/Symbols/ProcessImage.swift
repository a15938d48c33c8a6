import CLibdw
import CLinux
import Glibc

/// The code that one process has in its memory: read while it lives, and kept.
final class ProcessImage {
  /// A part of memory and the file that it is of.
  typealias Place = (mapping: Mapping, file: MappedFile?)

  let pid: UInt32
  /// What each look found that was new, by address, the newest last: a library can be
  /// unloaded, and another one loaded there.
  private var looks: [[Place]] = []
  private var seen: Set<Mapping> = []
  /// What is mapped now, by address: of the newest look.
  private(set) var current: [Place] = []
  private(set) var jit: MappedFile?
  private var jitStamp: [Int] = []
  /// It was there, and this process may not read what it has mapped.
  private(set) var isClosed = false
  /// It was no longer there at the last look.
  private(set) var isGone = false
  /// At how many summaries it was gone. Looks do not count: a report that the programs
  /// made while it lived may be read when it is gone, in the same summary.
  var summariesGone = 0
  /// When the process was started, by which a later one of the same number is told
  /// from it; nil until it was found.
  private var start: String?
  /// Not to be read again before this time: reading it takes long.
  private var rest: UInt64 = 0

  /// The largest programs have a few thousand parts with code.
  static let mostMappings = 8192
  /// A process that takes longer to read is read rarely.
  private static let longLook: UInt64 = 100_000_000
  private static let mostLooks = 64

  init(pid: UInt32) {
    self.pid = pid
  }

  var mappingCount: Int { seen.count }

  func find(_ address: UInt64) -> Place? {
    for look in looks.reversed() {
      var (low, high) = (0, look.count)
      while low < high {
        let middle = (low + high) / 2
        if look[middle].mapping.start <= address { low = middle + 1 } else { high = middle }
      }
      if low > 0, address < look[low - 1].mapping.end { return look[low - 1] }
    }
    return nil
  }

  /// The language runtime that it runs, if that is a known one.
  var runtime: Runtime? { Runtime.find(mapping: seen.lazy.map(\.fileName)) }

  /// Forgets what is mapped, for which there is no room.
  func empty() {
    looks = []
    seen = []
    current = []
    rest = .max
  }

  /// What can be read of a process at one time.
  private struct View {
    var start: String
    var user: UInt32
    /// In its own namespace.
    var number: String
    var mappings: [Mapping]
    var root: OwnedDescriptor?
    /// The text or the dump about code that it made, by its path.
    var jit: (path: String, file: OwnedDescriptor)?

    enum Refusal: Error {
      case gone, closed
    }

    static func read(_ pid: UInt32) throws(Refusal) -> View {
      guard let stat = File.contents(of: "/proc/\(pid)/stat"),
        let name = stat.lastIndex(of: ")"),
        let status = File.contents(of: "/proc/\(pid)/status")
      else { throw .gone }
      // The 22nd field of its stat file, which follow the name in parentheses.
      let fields = stat[name...].split(separator: " ")
      guard fields.count > 20 else { throw .gone }
      var view = View(start: String(fields[20]), user: .max, number: "\(pid)", mappings: [])
      for line in status.split(separator: "\n") {
        let fields = line.split(whereSeparator: { $0 == "\t" || $0 == " " })
        // The effective user, and the number in the innermost namespace.
        if fields.first == "Uid:", fields.count > 2 { view.user = UInt32(fields[2]) ?? .max }
        if fields.first == "NSpid:", let last = fields.last { view.number = String(last) }
      }
      guard
        let mappings = Mapping.all(
          in: "/proc/\(pid)/maps", atMost: ProcessImage.mostMappings, seconds: 1)
      else {
        let errno = ErrorNumber.current
        throw errno == .accessDenied || errno == .notPermitted ? .closed : .gone
      }
      // A process that is about to end has nothing any more.
      guard !mappings.isEmpty else { throw .gone }
      view.mappings = mappings
      view.root = OwnedDescriptor(linux_open_root("\(pid)"))
      guard let root = view.root, mappings.contains(where: \.isAnonymous) else { return view }
      // Anybody can write a file of that name. Only the process's own user can make it
      // belong to that user.
      let path = "/tmp/perf-\(view.number).map"
      let map = OwnedDescriptor(linux_open_regular(root.number, path, false))
      if let map, map.status?.st_uid == view.user { view.jit = (path, map) }
      // It has a page of a dump in its memory, by which perf finds it.
      if let dump = mappings.last(where: { $0.fileName == "jit-\(view.number).dump" }),
        let file = MappedFiles.open(dump, of: pid, root: root)
      {
        view.jit = (dump.filePath, file)
      }
      return view
    }
  }

  /// Reads what is mapped now.
  ///
  /// - Returns: false where the process is no longer there or is not to be read.
  func read(_ files: MappedFiles) -> Bool {
    let begin = EventClock.now
    guard begin >= rest else { return false }
    let pid = pid
    let view = { Result { () throws(View.Refusal) in try View.read(pid) } }
    guard let outcome = files.thread.run(atMost: 5, view) else {
      rest = .max
      return false
    }
    let took = EventClock.now - begin
    if took > Self.longLook { rest = begin + took * 20 }
    switch outcome {
    case .failure(.closed):
      isClosed = true
      return false
    case .success(let view) where start == nil || start == view.start:
      isClosed = false
      isGone = false
      start = view.start
      add(view, files)
      return true
    default:
      isGone = true
      return false
    }
  }

  private func add(_ view: View, _ files: MappedFiles) {
    let domain = files.domain(of: view.user)
    var fresh: [Place] = []
    for mapping in view.mappings where seen.count < Self.mostMappings * 2 {
      guard seen.insert(mapping).inserted else { continue }
      fresh.append((mapping, files.file(of: mapping, of: pid, root: view.root, in: domain)))
    }
    if !fresh.isEmpty || view.mappings.count != current.count {
      // Those of before have their files already, or none.
      let files = Dictionary((current + fresh).map { ($0.mapping, $0.file) }) { $1 ?? $0 }
      current = view.mappings.compactMap { mapping in
        files[mapping].map { (mapping, $0) }
      }
    }
    if !fresh.isEmpty {
      looks.append(fresh)
      if looks.count > Self.mostLooks { seen.subtract(looks.removeFirst().map(\.mapping)) }
    }
    if let (path, file) = view.jit { addJIT(path, file, domain) }
  }

  private func addJIT(_ path: String, _ file: OwnedDescriptor, _ domain: SymbolDomain) {
    guard let status = file.status else { return }
    let stamp = [
      Int(bitPattern: UInt(status.st_ino)), Int(status.st_size), status.st_mtim.tv_sec,
      status.st_mtim.tv_nsec,
    ]
    guard stamp != jitStamp else { return }
    jitStamp = stamp
    if let jit {
      jit.replace(by: file)
    } else {
      jit = MappedFile(path: path, file, READER_COMPILED, of: pid, in: domain)
    }
  }
}
