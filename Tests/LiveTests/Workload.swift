import Foundation
import Synchronization
import TraceKit

/// A process that does a known number of things once it is told to.
final class Workload {
  private let process: Subprocess
  /// What it said of itself before it began.
  let announcement: String
  var pid: Int { Int(process.pid) }

  /// - Parameters:
  ///   - arguments: as `Tests/Workloads` documents them.
  ///   - environment: options of `workload env` to start it in.
  ///   - program: a copy of it, as that environment has it.
  init(_ arguments: [String], environment: [String] = [], program: String? = nil) throws {
    let original = Executable.path("workload"), program = program ?? original
    let launcher = environment.isEmpty ? [] : [original, "env"] + environment + ["--"]
    let process = try Subprocess(launcher + [program] + arguments)
    try waitFor("the workload \(arguments.prefix(3))") {
      process.poll() != nil || process.output.text.contains("\n")
    }
    let line = process.output.text.prefix { $0 != "\n" }
    guard line.hasPrefix("ready ") else {
      throw LiveError("the workload \(arguments.prefix(3)) failed: \(process.errors.text)")
    }
    self.process = process
    announcement = String(line.dropFirst("ready ".count))
  }

  convenience init(_ arguments: String..., environment: [String] = []) throws {
    try self.init(arguments, environment: environment)
  }

  /// Tells it to go.
  func go() {
    process.send("go")
  }

  /// Lets it do its work to the end.
  ///
  /// - Returns: the numbers of each line that it printed.
  @discardableResult
  func run() throws -> [[Int]] {
    go()
    return try finish()
  }

  /// Its network namespace, kept as long as this is: the number of one that is gone is soon
  /// that of another.
  func network() throws -> FileHandle {
    try FileHandle(forReadingFrom: URL(filePath: "/proc/\(pid)/ns/net"))
  }

  /// Ends it before it is done.
  func kill() {
    process.signal(SIGKILL)
  }

  func finish() throws -> [[Int]] {
    guard try process.wait() == .exited(0) else {
      throw LiveError("the workload failed: \(process.errors.text)")
    }
    return process.output.text.split(separator: "\n").dropFirst().map { line in
      line.split(separator: " ").compactMap { Int($0) }
    }
  }
}

/// A directory for a test's files, gone with it.
final class Scratch {
  let path: String

  init() throws {
    var name = Array("/tmp/live-XXXXXX".utf8CString)
    guard mkdtemp(&name) != nil else { throw LiveError("cannot make a directory") }
    path = String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    chmod(path, 0o755)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Makes an empty file, or one with a text.
  func file(_ name: String, _ text: String = "", mode: Int = 0o644) throws -> String {
    let file = path + "/" + name
    // A process that inherits it open for writing keeps others from running it.
    try Subprocess.inheritance.withLock { _ in
      try text.write(toFile: file, atomically: false, encoding: .utf8)
    }
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    return file
  }

  /// Copies a file, such as a program that is to run under another name.
  func copy(of file: String, as name: String) throws -> String {
    let copy = path + "/" + name
    try Subprocess.inheritance.withLock { _ in
      try FileManager.default.copyItem(atPath: file, toPath: copy)
    }
    return copy
  }

  func directory(_ name: String) throws -> String {
    let directory = path + "/" + name
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true)
    return directory
  }
}

/// A cgroup of version 2, gone with it.
final class ControlGroup {
  let path: String

  convenience init(_ name: String, in parent: ControlGroup) throws {
    try self.init(at: parent.path + "/" + name)
  }

  convenience init(_ name: String) throws {
    try self.init(exactly: Self.unique(name))
  }

  /// A name that no other test takes, of this run or another.
  static func unique(_ name: String) -> String {
    "live-\(getpid())-\(number.add(1, ordering: .relaxed).newValue)-\(name)"
  }

  private static let number = Atomic(0)

  /// A group below the root of the hierarchy.
  convenience init(exactly name: String) throws {
    try self.init(at: "\(try Self.root())/\(name)")
  }

  private init(at path: String) throws {
    self.path = path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  private static func root() throws -> String {
    let mounts = File.contents(of: "/proc/self/mounts") ?? ""
    let root = mounts.split(separator: "\n").map { $0.split(separator: " ") }
      .first { $0.count > 2 && $0[2] == "cgroup2" }
    guard let root else { throw LiveError("no cgroup version 2 hierarchy is mounted") }
    return String(root[1])
  }

  /// A group in the hierarchy of a controller, of either version.
  convenience init(ofController controller: String, _ name: String) throws {
    let mounts = (File.contents(of: "/proc/self/mounts") ?? "").split(separator: "\n")
      .map { $0.split(separator: " ") }
    guard
      let root = mounts.first(where: {
        $0.count > 3 && $0[2] == "cgroup"
          && $0[3].split(separator: ",").contains { $0 == controller }
      })
    else {
      let children = try Self.root() + "/cgroup.subtree_control"
      try "+\(controller)".write(toFile: children, atomically: false, encoding: .utf8)
      try self.init(name)
      return
    }
    try self.init(at: "\(root[1])/\(Self.unique(name))")
  }

  /// Removes it. What ran in it may have ended a moment ago.
  func remove() throws {
    try waitFor("\(path) to be empty") { rmdir(path) == 0 || errno == ENOENT }
  }

  deinit {
    try? remove()
  }
}
