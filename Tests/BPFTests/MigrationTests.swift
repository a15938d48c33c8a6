import CLibbpf
import Foundation
import Testing

@testable import BPF

extension Loader {
  /// numamove's programs for migrations, which a machine with one NUMA node has none of.
  @Suite struct Migrations {
    /// struct numamove_totals
    private struct Totals: BitwiseCopyable {
      var count: UInt64 = 0
      var timed: UInt64 = 0
      var nanoseconds: UInt64 = 0
      var longest: UInt64 = 0
      var pages: UInt64 = 0
      var failed: UInt64 = 0
    }

    private func object() throws -> LoadedObject {
      let path = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../bpf/build/numamove.bpf.o").path
      let bytes = try #require(FileManager.default.contents(atPath: path))
      var open = try OpenObject(image("numamove", [UInt8](bytes)), types: .running)
      try open.keepOnly(programs: ["raw_tp_start", "raw_tp_end"])
      return try open.load()
    }

    /// The arguments of mm_migrate_pages, which has one more where split folios are counted.
    private func end(_ pages: UInt64, failed: UInt64, reason: Int64) throws -> [UInt64] {
      let format = try #require(TracepointFormat(of: "migrate/mm_migrate_pages"))
      let splits = format.fields["large_folio_split"] == nil ? 3 : 4
      return [pages, failed] + [UInt64](repeating: 99, count: splits) + [0, UInt64(reason)]
    }

    private func totals(of object: LoadedObject) throws -> Totals {
      let map = try HashMap<UInt32, Totals>("totals_even", in: object)
      return try map.entries().reduce(into: Totals()) { sum, entry in
        sum.count += entry.value.count
        sum.timed += entry.value.timed
        sum.nanoseconds += entry.value.nanoseconds
        sum.longest = max(sum.longest, entry.value.longest)
        sum.pages += entry.value.pages
        sum.failed += entry.value.failed
      }
    }

    @Test func `23 migrations of misplaced pages count, and none for another reason`() throws {
      let reasons = KernelEnumeration(["migrate_reason"])
      let misplaced = try #require(reasons.value { $0 == "MR_NUMA_MISPLACED" })
      let compaction = try #require(reasons.value { $0 == "MR_COMPACTION" })
      let object = try object()
      for turn in 0..<23 {
        for (reason, pages) in [(misplaced, UInt64(turn)), (compaction, 1000)] {
          try object.run("raw_tp_start", arguments: [0, UInt64(reason)])
          try object.run("raw_tp_end", arguments: end(pages, failed: 2, reason: reason))
        }
      }
      let totals = try totals(of: object)
      #expect(totals.count == 23 && totals.timed == 23)
      #expect(totals.pages == 23 * 22 / 2 && totals.failed == 46)
      #expect(totals.longest > 0 && totals.nanoseconds >= totals.longest)
    }

    @Test func `an end whose start was not seen has no time`() throws {
      let reasons = KernelEnumeration(["migrate_reason"])
      let misplaced = try #require(reasons.value { $0 == "MR_NUMA_MISPLACED" })
      let object = try object()
      for _ in 0..<23 {
        try object.run("raw_tp_end", arguments: end(3, failed: 0, reason: misplaced))
      }
      let totals = try totals(of: object)
      #expect(totals.count == 23 && totals.timed == 0 && totals.nanoseconds == 0)
      #expect(totals.pages == 69)
    }
  }
}
