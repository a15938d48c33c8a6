import CLibdw
import Foundation
import TestSupport
import Testing

@testable import TraceKit

/// What the user of a traced process can write of its code.
extension FuzzTests {
  private static let names = [
    "_Z1fSt4pairIiiES_IS0_S0_ES_IS1_S1_E", "_ZNSt6vectorIiSaIiEE9push_backERKi",
    "_ZN4core3fmt5write17h0123456789abcdefE", "_ZZ4mainENKUlT_E_clIiEEDaS_",
    "$s1m1fyyAA1PVyADyADyADyADyS2iGAEGAFGAGGAHGF", "$s4main3fooyySiF",
    "_RINvC7mycrate3fooRShPlTmbEFUKCjEuAhj4_DNtC4core3AnyEL_E",
    "_RNvMsr_NtCs3ssYzQotkvD_3std4pathNtB5_7PathBuf3new", "_RMXC1aC1aC1a",
  ]

  /// A name changed in a few places, where parts of it refer to others.
  private func name(_ numbers: inout SeededNumbers) -> String {
    var name = Array(Self.names.randomElement(using: &numbers)!.utf8)
    let letters = Array("0123456789ABCEFGIJKNPRSTXYZ_aehist".utf8)
    for _ in 0..<Int.random(in: 0...6, using: &numbers) {
      let place = Int.random(in: 2..<name.count, using: &numbers)
      let end = Int.random(in: place...name.count, using: &numbers)
      switch Int.random(in: 0..<4, using: &numbers) {
      case 0: name[place] = letters.randomElement(using: &numbers)!
      case 1: name.remove(at: place)
      case 2: name.insert(letters.randomElement(using: &numbers)!, at: place)
      default:
        for _ in 0..<Int.random(in: 1...20, using: &numbers) where name.count < 20_000 {
          name.insert(contentsOf: name[place..<end], at: place)
        }
      }
      if name.count < 3 { name += [0x31, 0x61] }
    }
    return String(decoding: name, as: UTF8.self)
  }

  @Test func `any name is demangled or stays as it is`() throws {
    try Fuzz.run("names of functions") { numbers in
      let domain = SymbolDomain(user: getuid(), shared: .init { _ in })
      for _ in 0..<200 {
        let name = name(&numbers)
        let result = domain.demangled(name)
        try require(!result.isEmpty, "nothing is left of \(name)")
        try require(
          result == name || result.utf8.count <= 3 * Int(READER_NAME), "\(name) grew without end")
      }
    }
  }

  @Test func `any file and any mapping is read`() throws {
    let maps = try #require(Mapping.all(in: "/proc/self/maps", atMost: 10_000, seconds: 60))
    let vdso = try #require(maps.first { $0.isVDSO })
    let start = try #require(UnsafeRawPointer(bitPattern: UInt(vdso.start)))
    let library = Array(
      UnsafeRawBufferPointer(start: start, count: Int(vdso.end - vdso.start)))
    let line = Array("7f1000002000-7f1000005000 r-xp 00002000 fd:01 1234    /usr/lib/a.so".utf8)
    Fuzz.run("files and mappings") { numbers in
      for _ in 0..<50 {
        var file = library
        for _ in 0..<Int.random(in: 1...8, using: &numbers) {
          // The headers of sections come last.
          let place = Int.random(in: 0..<file.count - 8, using: &numbers)
          let value = numbers.number(UInt64.self)
          let width = 1 << Int.random(in: 0...3, using: &numbers)
          withUnsafeBytes(of: value) {
            file.replaceSubrange(place..<place + width, with: $0[..<width])
          }
        }
        let size = numbers.chance(4) ? Int.random(in: 0...file.count, using: &numbers) : file.count
        let bytes = file[..<size]
        _ = ELFFunctions { offset, count in
          let offset = Int(clamping: offset)
          return offset < size ? Array(bytes[offset...].prefix(count)) : []
        }
        var text = line
        for _ in 0..<Int.random(in: 0...4, using: &numbers) {
          text[Int.random(in: 0..<text.count, using: &numbers)] = numbers.number(UInt8.self)
        }
        text = Array(text.prefix(Int.random(in: 0...text.count, using: &numbers)))
        _ = text.withUnsafeBytes { Mapping($0) }?.filePath
      }
    }
  }
}
