import CLibbpf
import Foundation
import Testing

@testable import BPF

extension Loader {
  @Suite struct MapMemoryTests {
    @Test func `each kind of map has its share for each CPU`() {
      var sum = MapMemory()
      sum.add(
        type: BPF_MAP_TYPE_RINGBUF.rawValue, keySize: 0, valueSize: 0, maxEntries: 4096)
      #expect((sum.bytes(cpus: 1), sum.bytes(cpus: 256)) == (4096, 4096))
      sum.add(type: BPF_MAP_TYPE_ARRAY.rawValue, keySize: 4, valueSize: 12, maxEntries: 10)
      #expect((sum.shared, sum.perCPU) == (4096 + 160, 0))
      sum = MapMemory()
      sum.add(type: BPF_MAP_TYPE_PERCPU_ARRAY.rawValue, keySize: 4, valueSize: 12, maxEntries: 10)
      #expect((sum.shared, sum.perCPU) == (80, 160))
      sum = MapMemory()
      sum.add(type: BPF_MAP_TYPE_HASH.rawValue, keySize: 4, valueSize: 12, maxEntries: 10)
      #expect((sum.shared, sum.perCPU) == (10 * 72 + 16 * 16, 72))
      sum = MapMemory()
      sum.add(type: BPF_MAP_TYPE_PERCPU_HASH.rawValue, keySize: 4, valueSize: 12, maxEntries: 10)
      #expect((sum.shared, sum.perCPU) == (10 * 64 + 16 * 16, 160))
    }

    /// What a tool sets at its start is in its account, which the live tests look at.
    @Test func `no tool's object takes more than 64 megabytes by itself on 256 CPUs`() throws {
      let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "bpf/build")
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        .filter { $0.hasSuffix(".bpf.o") }
      #expect(files.count > 50)
      for file in files {
        let bytes = try Data(contentsOf: folder.appending(path: file))
        let object = try OpenObject(
          image(String(file.prefix { $0 != "." }), [UInt8](bytes)), types: .none)
        let memory = object.mapMemory
        #expect(memory.bytes(cpus: 256) <= 64 << 20, "\(file): \(memory)")
      }
    }
  }
}
