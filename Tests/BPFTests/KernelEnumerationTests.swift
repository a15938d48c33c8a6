import Testing

@testable import BPF

@Suite struct KernelEnumerationTests {
  /// What one enumeration is to have.
  private struct Sample {
    var name: String
    var isWide = false
    var isSigned = false
    var values: [(String, Int64)]
  }

  private func file(_ samples: [Sample]) -> [UInt8] {
    var writer = BTFWriter()
    for sample in samples {
      let kind: BTFReader.Kind = sample.isWide ? .wideEnumeration : .enumeration
      let tail = sample.values.flatMap { name, value -> [UInt32] in
        let low = UInt32(truncatingIfNeeded: value), high = UInt32(truncatingIfNeeded: value >> 32)
        return [writer.offset(of: name), low] + (sample.isWide ? [high] : [])
      }
      _ = writer.add(
        name: sample.name,
        info: kind.rawValue << 24 | UInt32(sample.values.count) | (sample.isSigned ? 1 << 31 : 0),
        sizeOrType: sample.isWide ? 8 : 4, tail: tail)
    }
    return writer.bytes
  }

  private func values(_ bytes: [UInt8], _ name: String) -> [String: Int64] {
    bytes.withUnsafeBytes { bytes in
      let values = BTFReader(bytes)?.enumerations { $0 == name } ?? []
      return Dictionary(values.map { ($0.name, $0.value) }) { first, _ in first }
    }
  }

  @Test func `values are read by name, of both widths and signs`() {
    let bytes = file([
      Sample(name: "plain", values: [("A", 0), ("B", 3), ("C", 0xffff_fff0)]),
      Sample(name: "signed", isSigned: true, values: [("D", -5), ("E", 7)]),
      Sample(name: "wide", isWide: true, values: [("F", 0x1_0000_0002), ("G", -1)]),
      Sample(name: "empty", values: []),
    ])
    #expect(values(bytes, "plain") == ["A": 0, "B": 3, "C": 0xffff_fff0])
    #expect(values(bytes, "signed") == ["D": -5, "E": 7])
    #expect(values(bytes, "wide") == ["F": 0x1_0000_0002, "G": -1])
    #expect(values(bytes, "empty").isEmpty && values(bytes, "missing").isEmpty)
  }

  @Test func `the first name of a value is its name`() {
    let known = KernelEnumeration([("FIRST", 1), ("MAX", 1), ("OTHER", 2)])
    #expect(known.name(of: 1) == "FIRST" && known.name(of: 2) == "OTHER")
    #expect(known.name(of: 3) == nil && !known.isEmpty)
    #expect(KernelEnumeration.unknown.isEmpty)
  }

  @Test func `a module's types have the kernel's names before their own`() throws {
    let kernel = file([Sample(name: "kernel_reason", values: [("SHARED", 1)])])
    var module = file([Sample(name: "own_drop_reason", values: [("OWN", 0x30001)])])
    kernel.withUnsafeBytes { kernel in
      guard let base = BTFReader(kernel) else { return }
      // As the kernel writes it: its own names are counted on from the kernel's, and what the
      // kernel has already is not written again.
      let size = UInt32(base.stringsSize)
      let start = BTFReader.headerSize
      module.withUnsafeMutableBytes { bytes in
        for offset in [start, start + 12] {
          let own = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
          bytes.storeBytes(of: own + size, toByteOffset: offset, as: UInt32.self)
        }
      }
      module.withUnsafeBytes { bytes in
        let values = BTFReader(bytes, after: base)?.enumerations { $0.hasSuffix("drop_reason") }
        #expect(values?.map(\.name) == ["OWN"] && values?.map(\.value) == [0x30001])
        // Without them the names are not these.
        #expect(BTFReader(bytes)?.enumerations { $0.hasSuffix("drop_reason") }.isEmpty == true)
      }
    }
  }

  @Test func `broken types give fewer values and never a crash`() {
    let whole = file([
      Sample(name: "first", values: [("A", 0), ("B", 3)]),
      Sample(name: "wide", isWide: true, values: [("F", 1), ("G", 2)]),
    ])
    var numbers = SystemRandomNumberGenerator()
    for round in 0..<20_000 {
      var bytes = whole
      if round % 4 == 0 { bytes.removeLast(Int.random(in: 0...whole.count, using: &numbers)) }
      for _ in 0..<Int.random(in: 1...4, using: &numbers) where !bytes.isEmpty {
        bytes[Int.random(in: 0..<bytes.count, using: &numbers)] = .random(
          in: 0 ... .max, using: &numbers)
      }
      bytes.withUnsafeBytes { bytes in
        let values = BTFReader(bytes)?.enumerations { _ in true } ?? []
        #expect(values.count <= whole.count / 8)
      }
    }
  }

  @Test func `the running kernel names its own values`() throws {
    guard KernelFeatures.hasTypes else { return }
    // They are part of what user space is promised (linux/bpf.h).
    let commands = KernelEnumeration(["bpf_cmd"])
    #expect(commands.name(of: 0) == "BPF_MAP_CREATE" && commands.name(of: 5) == "BPF_PROG_LOAD")
    #expect(KernelEnumeration(["no_such_enumeration"]).isEmpty)
    #expect(KernelEnumeration(["bpf_cmd"], file: "/dev/null").isEmpty)
  }
}
