import Foundation
import Testing

extension Live {
  /// A disk that the device mapper makes of another: what is asked of it, the other does.
  @Suite(
    .enabled(
      if: FileManager.default.fileExists(atPath: "/sys/class/misc/device-mapper"),
      "the kernel has no device mapper"))
  struct MappedDisks {
    /// A disk and its mapping, as /dev names both.
    private final class Mapping {
      let disk: LoopDisk
      let name: String
      private let label: String

      init() throws {
        let label = "live-\(getpid())"
        self.label = label
        disk = try LoopDisk()
        let sectors = 64 << 11
        try Self.run([
          "create", label, "--noudevsync", "--table", "0 \(sectors) linear \(disk.path) 0",
        ])
        let file = Self.folder.first { other in
          (try? String(contentsOfFile: "/sys/block/\(other)/dm/name", encoding: .utf8))
            == label + "\n"
        }
        name = try #require(file)
      }

      deinit { try? Self.run(["remove", "--noudevsync", label]) }

      private static var folder: [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: "/sys/block")) ?? []
      }

      private static func run(_ arguments: [String]) throws {
        let process = try Subprocess(["/usr/sbin/dmsetup"] + arguments)
        guard try process.wait() == .exited(0) else { throw LiveError(process.errors.text) }
      }
    }

    /// Runs a tool while 23 blocks are read past the page cache.
    private func rows(_ plan: Plan, _ options: [String], _ mapping: Mapping) throws -> [Row] {
      let workload = try Workload("blocks", "23", "read", "/dev/" + mapping.name)
      let run = try plan.run(options)
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      return try result.rows()
    }

    private func names(_ rows: [Row]) -> [String] { rows.compactMap { $0["disk"] } }

    @Test("a request is shown once, at the disk that does it", arguments: Plan.offered("biosnoop"))
    func requests(_ plan: Plan) throws {
      let mapping = try Mapping()
      let shown = names(try rows(plan, [], mapping))
      #expect(shown.count { $0 == mapping.disk.name } == 23)
      #expect(!shown.contains(mapping.name))
    }

    @Test("a latency is counted once", arguments: Plan.offered("biolatency"))
    func latencies(_ plan: Plan) throws {
      let mapping = try Mapping()
      let shown = try rows(plan, ["-D"], mapping)
      let mine = shown.filter { $0["disk"] == mapping.disk.name }
      #expect(mine.reduce(0) { $0 + ($1["count"] ?? 0) } == 23)
      #expect(!names(shown).contains(mapping.name))
    }

    @Test("a size is counted once", arguments: Plan.offered("bitesize"))
    func sizes(_ plan: Plan) throws {
      let mapping = try Mapping()
      let shown = try rows(plan, ["--comm", "workload"], mapping)
      #expect(shown.reduce(0) { $0 + ($1["count"] ?? 0) } == 23)
    }
  }
}
