import Foundation
import TestSupport
import Testing
import Wire

@testable import TraceKit

private enum Letters: OptionLetters {
  static let pid: Character? = "p"
  static let name: Character? = "n"
}

private typealias Filter = FilterOptions<Letters>

@Suite struct FilterTests {
  /// The loop of `comm_passes` in bpf/lib/filter.bpf.h.
  private func passes(_ filter: task_filter, _ comm: String) -> Bool {
    guard filter.comm_starts > 0 else { return true }
    let bytes = Array(comm.utf8) + Array(repeating: 0, count: 16 - comm.utf8.count)
    func word(_ from: Int) -> UInt64 {
      (0..<8).reduce(0) { $0 | UInt64(bytes[from + $1]) << UInt64(8 * $1) }
    }
    var (low, high) = (word(0), word(8))
    for start in 0..<UInt32(16) {
      if start >= filter.comm_starts { return false }
      if (low ^ filter.comm_low) & filter.comm_mask_low == 0,
        (high ^ filter.comm_high) & filter.comm_mask_high == 0
      {
        return true
      }
      low = low >> 8 | high << 56
      high >>= 8
    }
    return false
  }

  @Test func `names are compared in words as strings are`() {
    var numbers = SeededNumbers(seed: 16)
    var names = ["a", "sh", "bash", "kworker/0:1-eve", "fifteen-bytes-x", "größe", "migration/0"]
    for _ in 0..<200 {
      let length = Int.random(in: 1...15, using: &numbers)
      names.append(String((0..<length).map { _ in "ab".randomElement(using: &numbers)! }))
    }
    var matches = [0, 0, 0]
    for pattern in names {
      var (whole, prefix, part) = (task_filter(), task_filter(), task_filter())
      whole.setComm(pattern, match: .whole)
      prefix.setComm(pattern, match: .prefix)
      part.setComm(pattern, match: .contains)
      for name in names {
        let expected = [name == pattern, name.hasPrefix(pattern), name.contains(pattern)]
        let found = [passes(whole, name), passes(prefix, name), passes(part, name)]
        #expect(found == expected, "\(pattern) in \(name)")
        for index in 0..<3 where found[index] { matches[index] += 1 }
      }
    }
    // Neither always nor never.
    #expect(matches[0] >= names.count && matches[0] < matches[1] && matches[1] < matches[2])
    #expect(matches[2] < names.count * names.count)
  }

  @Test func `no option is no filter`() throws {
    let filter = try Filter.parse([]).wire()
    let bytes = withUnsafeBytes(of: filter) { Array($0) }
    #expect(bytes == Array(repeating: 0, count: 80))
  }

  @Test func `one process stands in the filter and several in a map`() throws {
    let one = try Filter.parse(["-p", "23"]).wire()
    #expect((one.pid_count, one.pid) == (1, 23))
    let several = try Filter.parse(["--pid", "3,4,5"])
    #expect(try several.wire().pid_count == 3)
    #expect(several.pid == [3, 4, 5])
  }

  @Test func `a thread and a user are in the filter`() throws {
    let filter = try Filter.parse(["--tid", "9", "--uid", "0"]).wire()
    #expect((filter.tid, filter.uid_enabled, filter.uid) == (9, 1, 0))
    #expect(try Filter.parse(["--uid", "root"]).wire().uid_enabled == 1)
  }

  @Test func `a name is whole, a beginning or a part`() throws {
    let whole = try Filter.parse(["--comm", "bash"]).wire()
    #expect(["bash", "bashful", "a bash"].map { passes(whole, $0) } == [true, false, false])
    let prefix = try Filter.parse(["--comm", "bash*"]).wire()
    #expect(["bash", "bashful", "a bash"].map { passes(prefix, $0) } == [true, true, false])
    let part = try Filter.parse(["-n", "bash"]).wire()
    #expect(
      ["bash", "bashful", "a bash", "bas"].map { passes(part, $0) } == [true, true, true, false])
  }

  @Test(arguments: [
    (["--comm", ""], "--comm: a command name has 1 to 15 bytes."),
    (["--comm", "*"], "--comm: a command name has 1 to 15 bytes."),
    (["--comm", "sixteen-bytes-xx"], "--comm: a command name has 1 to 15 bytes."),
    (["--comm", "a", "-n", "b"], "--comm and --name cannot be combined."),
  ])
  func `a name that no task can have is refused`(arguments: [String], sentence: String) throws {
    let error = try #require(throws: (any Error).self) { _ = try Filter.parse(arguments) }
    #expect(Filter.message(for: error) == sentence)
  }

  @Test func `a cgroup stands in the filter with its depth`() throws {
    guard let root = Cgroups.root else { return }
    let filter = try Filter.parse(["--cgroup", root]).wire()
    let group = try Cgroups.group(at: root)
    #expect((filter.cgroup_id, filter.cgroup_level) == (group.id, 0))
    #expect(throws: ToolError.self) { try Filter.parse(["--cgroup", "/nosuch"]).wire() }
  }

  @Test(arguments: ["--cgroup", "--unit", "--container"])
  func `a group by any of its names is a filter`(option: String) throws {
    #expect(!(try Filter.parse([option, "x"]).isEmpty))
    #expect(try Filter.parse([]).isEmpty)
  }

  @Test(arguments: [
    ["--cgroup", "a", "--unit", "b"], ["--unit", "a", "--container", "b"],
    ["--cgroup", "a", "--container", "b"], ["--cgroup", "a", "--unit", "b", "--container", "c"],
  ])
  func `a group has one name only`(arguments: [String]) throws {
    let error = try #require(throws: (any Error).self) { _ = try Filter.parse(arguments) }
    #expect(
      Filter.message(for: error) == "--cgroup, --unit and --container cannot be combined.")
  }
}

@Suite struct NamesTests {
  @Test func `users have names and the unknown keep their number`() {
    let names = UserNames()
    for _ in 0..<2 {
      #expect(names.name(of: 0) == "root")
      #expect(names.name(of: 4_000_000_000) == "4000000000")
    }
    #expect(UserNames.uid(of: "root") == 0)
    #expect(UserNames.uid(of: "no such user") == nil)
  }

  /// A machine without version 2 has one sentence for it.
  private func root() throws -> String? {
    if let root = Cgroups.root { return root }
    let error = try #require(throws: ToolError.self) { _ = try Cgroups.group(at: "/") }
    #expect(error.status == .unavailable)
    #expect(error.description == "--cgroup: no cgroup version 2 hierarchy is mounted")
    return nil
  }

  private func inode(_ path: String) throws -> UInt64 {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return try #require(attributes[.systemFileNumber] as? UInt64)
  }

  @Test func `the root group has level 0 and the number of its directory`() throws {
    guard let root = try root() else { return }
    let group = try Cgroups.group(at: root)
    #expect(group == Cgroups.Group(id: try inode(root), level: 0))
    #expect(try Cgroups.group(at: root + "/../" + (root as NSString).lastPathComponent) == group)
    #expect(Cgroups().path(of: group.id) == "/")
  }

  @Test func `the group of this process is found by path and by number`() throws {
    guard let root = try root() else { return }
    let lines = try #require(File.contents(of: "/proc/self/cgroup")).split(separator: "\n")
    let own = try #require(lines.first { $0.hasPrefix("0::") }).dropFirst(3)
    let group = try Cgroups.group(at: root + own)
    #expect(group.id == (try inode(root + own)))
    #expect(group.level == own.split(separator: "/").count)
    let cgroups = Cgroups()
    #expect(cgroups.path(of: group.id) == String(own))
    #expect(cgroups.path(of: .max) == nil)
  }

  @Test func `a directory that is no cgroup is refused by name`() throws {
    guard let root = try root() else { return }
    for path in ["/tmp", "/proc/self", root + "/cgroup.procs"] {
      let error = try #require(throws: ToolError.self) { _ = try Cgroups.group(at: path) }
      #expect(error.status == .usage)
      #expect(error.description == "--cgroup: '\(path)' is not a cgroup below \(root)")
    }
    let error = try #require(throws: ToolError.self) { _ = try Cgroups.group(at: "/nosuch") }
    #expect(
      error.description
        == "--cgroup: cannot find '/nosuch': No such file or directory (ENOENT)")
  }
}
