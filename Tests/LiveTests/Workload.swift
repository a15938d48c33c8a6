import Foundation
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
  init(_ arguments: [String], environment: [String] = []) throws {
    let program = Executable.path("workload")
    let launcher = environment.isEmpty ? [] : [program, "env"] + environment + ["--"]
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
    try text.write(toFile: file, atomically: false, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    return file
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

  init(_ name: String, in parent: ControlGroup) throws {
    path = parent.path + "/" + name
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  convenience init(_ name: String) throws {
    try self.init(exactly: "live-\(getpid())-\(name)")
  }

  /// A group below the root of the hierarchy.
  init(exactly name: String) throws {
    let mounts = File.contents(of: "/proc/self/mounts") ?? ""
    let root = mounts.split(separator: "\n").map { $0.split(separator: " ") }
      .first { $0.count > 2 && $0[2] == "cgroup2" }
    guard let root else { throw LiveError("no cgroup version 2 hierarchy is mounted") }
    path = "\(root[1])/\(name)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  /// Removes it. What ran in it may have ended a moment ago.
  func remove() throws {
    try waitFor("\(path) to be empty") { rmdir(path) == 0 || errno == ENOENT }
  }

  deinit {
    try? remove()
  }
}
