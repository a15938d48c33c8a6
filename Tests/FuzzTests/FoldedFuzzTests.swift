import Foundation
import FoundationXML
import TestSupport
import Testing

@testable import TraceKit

/// What a file of folded stacks may hold.
extension FuzzTests {
  @Test func `any file of folded stacks is drawn or refused`() throws {
    let path = NSTemporaryDirectory() + "folded-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Fuzz.run("folded stacks") { numbers in
      var file: [UInt8] = []
      for _ in 0..<Int.random(in: 0...20, using: &numbers) {
        for _ in 0..<Int.random(in: 1...6, using: &numbers) {
          file += numbers.text().filter { $0 != 0x0a } + [0x3b]
        }
        file += Array("x \(Int.random(in: 0...9, using: &numbers))\n".utf8)
      }
      if numbers.chance(4), !file.isEmpty {
        file[Int.random(in: 0..<file.count, using: &numbers)] = numbers.number(UInt8.self)
      }
      try Data(file).write(to: URL(filePath: path))
      let graph = FlameGraph(title: "title", unit: "samples", StackStyle())
      do {
        let isBaseline = numbers.chance(2)
        try graph.compare(
          with: FoldedStacks(path), as: isBaseline ? .baseline : .addition(ranOnCPU: true))
      } catch is ToolError {
        return
      }
      let side = StackSide(pid: 1, tid: 1, comm: numbers.text(), kernel: [], user: [])
      graph.add([StackSample(side: side, count: 3)])
      let out = OutputBuffer()
      graph.write(to: out)
      let isWellFormed = out.withBytes { XMLParser(data: Data($0)).parse() }
      try require(isWellFormed, "no XML: \(out.withBytes { String(decoding: $0, as: UTF8.self) })")
    }
  }
}
