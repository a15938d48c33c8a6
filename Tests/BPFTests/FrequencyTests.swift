import CLibbpf
import Foundation
import Testing

@testable import BPF

extension Loader {
  /// cpufreq's program for changes of frequency, which none of our machines has.
  @Suite struct Frequencies {
    private static let cpus = 1024
    private typealias Table = InlineArray<1024, UInt32>

    private func object() throws -> LoadedObject {
      let path = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../bpf/build/cpufreq.bpf.o").path
      let bytes = try #require(FileManager.default.contents(atPath: path))
      var open = try OpenObject(image("cpufreq", [UInt8](bytes)), types: .none)
      try open.keepOnly(programs: ["raw_tp_frequency"])
      var table = Table(repeating: 0)
      table[5] = 1_234_000
      try open.setVariable("frequencies", to: table)
      return try open.load()
    }

    @Test func `each of 23 changes is kept for its CPU only`() throws {
      let object = try object()
      let table = try object.variable("frequencies", as: Table.self)
      var expected = Table(repeating: 0)
      expected[5] = 1_234_000
      for change in 0..<23 {
        let (khz, cpu) = (UInt64(800_000 + change * 100_000), UInt64(change * 7 % 11))
        try object.run("raw_tp_frequency", arguments: [khz, cpu])
        expected[Int(cpu)] = UInt32(khz)
        for cpu in 0..<Self.cpus { #expect(table.value[cpu] == expected[cpu]) }
      }
    }

    @Test func `a CPU that has no place in the table changes nothing`() throws {
      let object = try object()
      let table = try object.variable("frequencies", as: Table.self)
      for cpu in [1024, UInt64(UInt32.max)] {
        try object.run("raw_tp_frequency", arguments: [2_000_000, cpu])
      }
      try object.run("raw_tp_frequency", arguments: [3_000_000, 1023])
      for cpu in 0..<Self.cpus {
        #expect(table.value[cpu] == (cpu == 5 ? 1_234_000 : cpu == 1023 ? 3_000_000 : 0))
      }
    }
  }
}
