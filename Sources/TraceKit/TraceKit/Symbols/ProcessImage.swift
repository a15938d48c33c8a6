import CLinux
import Glibc

/// The code that one process has in its memory: read while it lives, and kept.
final class ProcessImage {
  let pid: UInt32
  /// All that was seen, the newest first: a library can be unloaded.
  private(set) var mappings: [(mapping: Mapping, file: MappedFile?)] = []
  private var seen: Set<Mapping> = []
  private(set) var perfMap: PerfMap?
  /// It was there, and this process may not read what it has mapped.
  private(set) var isClosed = false
  /// How often it was looked for in vain.
  var timesGone = 0
  /// When the process was started, by which a later one of the same number is told
  /// from it; nil until it was found.
  private var start: String?

  init(pid: UInt32) {
    self.pid = pid
  }

  func find(_ address: UInt64) -> (mapping: Mapping, file: MappedFile?)? {
    mappings.first { $0.mapping.start <= address && address < $0.mapping.end }
  }

  /// Reads what is mapped now.
  ///
  /// - Returns: false where the process is no longer there or is not to be read.
  func read(_ files: MappedFiles) -> Bool {
    guard let now = Self.start(of: pid), start == nil || start == now else {
      timesGone += 1
      return false
    }
    guard let text = File.contents(of: "/proc/\(pid)/maps") else {
      let errno = ErrorNumber.current
      isClosed = errno == .accessDenied || errno == .notPermitted
      return false
    }
    isClosed = false
    start = now
    // A process that is about to end has nothing any more.
    if text.isEmpty { return false }
    var fresh: [(mapping: Mapping, file: MappedFile?)] = []
    let root = linux_open_root(pid)
    defer { if root >= 0 { close(root) } }
    for line in text.split(separator: "\n") {
      guard let mapping = Mapping(line: line), seen.insert(mapping).inserted else { continue }
      fresh.append((mapping, files.file(of: mapping, root: root)))
    }
    mappings = fresh + mappings
    if mappings.contains(where: { $0.mapping.isAnonymous }) { readPerfMap(root: root) }
    return true
  }

  /// The 22nd field of its stat file, behind the name in parentheses.
  private static func start(of pid: UInt32) -> String? {
    guard let stat = File.contents(of: "/proc/\(pid)/stat"), let name = stat.lastIndex(of: ")")
    else { return nil }
    let fields = stat[name...].split(separator: " ")
    return fields.count > 20 ? String(fields[20]) : nil
  }

  private static let greatestPerfMap = 256 << 20

  /// Anybody can write a file of that name. Only the process's own user can make it
  /// belong to that user.
  private func readPerfMap(root: Int32) {
    guard root >= 0, let status = File.contents(of: "/proc/\(pid)/status") else { return }
    var user: UInt32?
    var number = "\(pid)"
    for line in status.split(separator: "\n") {
      let fields = line.split(whereSeparator: { $0 == "\t" || $0 == " " })
      // The effective user, and the number in the innermost namespace.
      if fields.first == "Uid:", fields.count > 2 { user = UInt32(fields[2]) }
      if fields.first == "NSpid:", let last = fields.last { number = String(last) }
    }
    let descriptor = linux_open_below(root, "/tmp/perf-\(number).map")
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var found = stat()
    guard fstat(descriptor, &found) == 0, found.st_mode & S_IFMT == S_IFREG,
      found.st_uid == user, found.st_size <= Self.greatestPerfMap
    else { return }
    perfMap = PerfMap(Self.contents(of: descriptor, size: Int(found.st_size)))
  }

  private static func contents(of descriptor: Int32, size: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: size) { room, count in
      while count < size {
        let more = Glibc.read(descriptor, room.baseAddress! + count, size - count)
        guard more > 0 else { return }
        count += more
      }
    }
  }
}

/// The files that are mapped anywhere, each opened once, while there is a process
/// through which it can be reached.
final class MappedFiles {
  private var files: [String: MappedFile] = [:]
  private var vdso: MappedFile??

  /// The file of a mapping; nil where it is of none, or cannot be reached.
  ///
  /// - Parameter root: the root folder of the process, or -1.
  func file(of mapping: Mapping, root: Int32) -> MappedFile? {
    if mapping.isVDSO {
      if let vdso { return vdso }
      let file = Self.ownVDSO()
      vdso = .some(file)
      return file
    }
    guard mapping.isFile else { return nil }
    if let file = files[mapping.file] { return file }
    let path = mapping.filePath
    var descriptor = root >= 0 ? linux_open_below(root, path) : -1
    if descriptor >= 0, !Self.isSame(descriptor, mapping) {
      close(descriptor)
      descriptor = -1
    }
    let file = MappedFile(path: path, descriptor: descriptor)
    // What could not be reached through one process may be through another.
    if descriptor >= 0 { files[mapping.file] = file }
    return file
  }

  /// A file that was replaced has another number. The device is not compared:
  /// filesystems that lie on others (overlay, btrfs) tell two.
  private static func isSame(_ descriptor: Int32, _ mapping: Mapping) -> Bool {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      return false
    }
    return mapping.file.hasSuffix(" \(status.st_ino)")
  }

  /// The code that the kernel lends to every process, which is the same in this one.
  private static func ownVDSO() -> MappedFile? {
    let address = linux_vdso()
    guard let start = UnsafeRawPointer(bitPattern: UInt(address)),
      let maps = File.contents(of: "/proc/self/maps"),
      let mapping = maps.split(separator: "\n").lazy.compactMap(Mapping.init).first(
        where: \.isVDSO),
      mapping.start == address
    else { return nil }
    let descriptor = linux_memory_file("vdso")
    let size = Int(mapping.end - mapping.start)
    guard descriptor >= 0 else { return nil }
    guard write(descriptor, start, size) == size else {
      close(descriptor)
      return nil
    }
    return MappedFile(path: "[vdso]", descriptor: descriptor)
  }
}
