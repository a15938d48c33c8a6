import CLinux
import Foundation
import TestSupport
import Testing

@testable import TraceKit

/// A message of Protocol Buffers by the numbers of its fields, as whoever reads one sees it.
private struct Message {
  private(set) var numbers: [UInt64: [UInt64]] = [:]
  private(set) var contents: [UInt64: [[UInt8]]] = [:]

  init(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let tag = try Self.varint(&rest)
      if tag & 7 == 0 {
        numbers[tag >> 3, default: []].append(try Self.varint(&rest))
      } else {
        try #require(tag & 7 == 2)
        let count = Int(try Self.varint(&rest))
        try #require(count <= rest.count)
        contents[tag >> 3, default: []].append(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
      }
    }
  }

  private static func varint(_ rest: inout ArraySlice<UInt8>) throws -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard let byte = rest.popFirst() else { break }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    throw CancellationError()
  }

  func packed(_ field: UInt64) throws -> [UInt64] {
    var rest = try #require(contents[field]?.first)[...]
    var numbers: [UInt64] = []
    while !rest.isEmpty { numbers.append(try Self.varint(&rest)) }
    return numbers
  }

  func messages(_ field: UInt64) throws -> [Message] {
    try (contents[field] ?? []).map(Message.init)
  }
  func number(_ field: UInt64) -> Int { Int(numbers[field]?.first ?? 0) }
}

/// Files of stacks, as the programs that read them do.
@Suite struct StackFileTests {
  private func frames(_ names: [String], isKernel: Bool) -> [Frame] {
    names.enumerated().map { Frame(name: $1, address: UInt64(4096 + $0), isKernel: isKernel) }
  }

  private func sample(
    _ count: UInt64, user: [String] = ["inner", "main"], time: UInt64 = 0
  ) -> StackSample {
    StackSample(
      side: StackSide(
        pid: 7, tid: 0, comm: Array("w\"b".utf8), kernel: frames(["read"], isKernel: true),
        user: frames(user, isKernel: false)),
      count: count, time: time)
  }

  private func written(_ drawing: some StackDrawing) -> [UInt8] {
    let out = OutputBuffer()
    drawing.write(to: out) {}
    return out.withBytes { Array($0) }
  }

  private func profile(_ compressed: [UInt8]) throws -> Message {
    try withTemporaryFile { path in
      try Data(compressed).write(to: URL(filePath: path))
      let process = Process(), pipe = Pipe()
      process.executableURL = URL(filePath: "/bin/sh")
      process.arguments = ["-c", "gzip -dc <\"$0\"", path]
      process.standardOutput = pipe
      try process.run()
      let bytes = try #require(try pipe.fileHandleForReading.readToEnd())
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      return try Message(Array(bytes))
    }
  }

  @Test func `a profile of pprof has each stack once, from the innermost frame`() throws {
    var style = StackStyle()
    style.measuresTime = true
    let profile = PprofProfile(title: "off", unit: "us", style, testClock())
    profile.add([sample(2, time: 3_000_000), sample(1, user: ["main"], time: 1_000_000)])
    profile.add([sample(3, time: 4_000_000)])
    let message = try self.profile(written(profile))
    let texts = try #require(message.contents[6]).map { String(decoding: $0, as: UTF8.self) }
    #expect(texts.first == "")
    #expect(
      try message.messages(1).map { [texts[$0.number(1)], texts[$0.number(2)]] }
        == [["events", "count"], ["time", "microseconds"]])
    let functions = try message.messages(5)
    let names = try message.messages(4).map { location in
      let line = try #require(try location.messages(4).first)
      let function = try #require(functions.first { $0.number(1) == line.number(1) })
      return texts[function.number(2)]
    }
    #expect(try message.messages(4).map { $0.number(1) } == Array(1...names.count))
    let samples = try message.messages(2)
    let paths = try samples.map { try $0.packed(1).map { names[Int($0) - 1] } }
    #expect(paths == [["read", "inner", "main", "w\"b"], ["read", "main", "w\"b"]])
    #expect(try samples.map { try $0.packed(2) } == [[5, 7000], [1, 1000]])
    let labels = try samples[0].messages(3)
    #expect(labels.map { texts[$0.number(1)] } == ["comm", "pid"])
    #expect(texts[labels[0].number(2)] == "w\"b" && labels[1].number(3) == 7)
    #expect(message.number(9) > 0)
  }

  @Test func `a profile without stacks is one`() throws {
    let empty = PprofProfile(title: "CPU time", unit: "samples", StackStyle(), testClock())
    let message = try profile(written(empty))
    #expect(try message.messages(1).count == 1)
    #expect(message.contents[2] == nil)
  }

  @Test func `a profile of speedscope has each stack once, from the outermost frame`() throws {
    let profile = SpeedscopeProfile(title: "CPU \"time\"", unit: "samples", StackStyle())
    profile.add([sample(2), sample(1, user: ["main"]), sample(3)])
    let object = try JSONSerialization.jsonObject(with: Data(written(profile)))
    let root = try #require(object as? [String: Any])
    #expect((root["$schema"] as? String)?.hasSuffix("/file-format-schema.json") == true)
    let shared = try #require((root["shared"] as? [String: Any])?["frames"] as? [[String: String]])
    let names = shared.compactMap { $0["name"] }
    let one = try #require((root["profiles"] as? [[String: Any]])?.first)
    #expect(one["type"] as? String == "sampled" && one["unit"] as? String == "none")
    #expect(one["name"] as? String == "CPU \"time\"")
    #expect(one["startValue"] as? Int == 0 && one["endValue"] as? Int == 6)
    #expect(one["weights"] as? [Int] == [5, 1])
    let samples = try #require(one["samples"] as? [[Int]]).map { $0.map { names[$0] } }
    #expect(samples == [["w\"b", "main", "inner", "read"], ["w\"b", "main", "read"]])
  }

  /// Stacks of a process with another name and number each, which all have functions of their own.
  private func hostile(_ numbers: Range<UInt32>) -> [StackSample] {
    numbers.map { number in
      StackSample(
        side: StackSide(
          pid: number, tid: number, comm: Array("w\(number)".utf8), kernel: [],
          user: frames(["inner\(number)", "outer\(number)"], isKernel: false)),
        count: 2, time: 3000)
    }
  }

  /// What a stack of `hostile` takes at most, and the room for some of them.
  private static let room = 10 * 3 * (64 + 16 + 16)

  /// The values of the boxes of a flame graph, by their depth and their name.
  private func boxes(_ graph: FlameGraph) -> [(level: Int, name: String, value: UInt64)] {
    let text = String(decoding: written(graph), as: UTF8.self)
    let pattern = /<title>(.*)<\/title><rect.* y="(\d+)".*-value="(\d+)"/
    return text.matches(of: pattern).map {
      (-(Int($0.2) ?? 0) / 17, String($0.1), UInt64($0.3) ?? 0)
    }
  }

  @Test func `a flame graph counts in one frame what it has no room for`() throws {
    let graph = FlameGraph(title: "t", unit: "samples", StackStyle(), room: Self.room)
    graph.add(hostile(0..<1000))
    let count = boxes(graph).count
    #expect(count < 60)
    graph.add(hostile(0..<3000))
    // What had room is still counted.
    let boxes = boxes(graph)
    #expect(boxes.count == count)
    #expect(boxes.first { $0.name == "all" }?.value == 8000)
    for name in ["w0", "outer0", "inner0"] {
      #expect(boxes.first { $0.name == name }?.value == 4, "\(name)")
    }
    let lowest = try #require(boxes.first).level
    let second = boxes.filter { $0.level == lowest + 1 }
    #expect(second.reduce(0) { $0 + $1.value } == 8000 && second.count > 1)
    let cut = boxes.reduce(0) { $0 + ($1.name == "[truncated]" ? $1.value : 0) }
    #expect(cut == graph.cut && cut > 7000)
    #expect(
      graph.caveat("--flamegraph")
        == "--flamegraph: there is no room for all frames of \(cut) events, whose stacks end in "
        + "[truncated]")
  }

  @Test func `a flame graph with a file has the same bound, which the file must keep`() throws {
    func graph(with file: String, _ samples: [StackSample]) throws -> FlameGraph {
      try withTemporaryFile { path in
        try Data(file.utf8).write(to: URL(filePath: path))
        let graph = FlameGraph(title: "t", unit: "samples", StackStyle(), room: Self.room)
        try graph.compare(with: FoldedStacks(path), as: .baseline)
        graph.add(samples)
        return graph
      }
    }
    let found = try graph(with: "w0;outer0;inner0 5\n", hostile(0..<1000))
    let boxes = boxes(found)
    #expect(boxes.count < 60 && found.cut > 1900)
    #expect(boxes.first { $0.name == "all" }?.value == 2000)
    #expect(boxes.first { $0.name == "inner0" }?.value == 2)
    let file = (0..<1000).map { "w\($0);outer 1\n" }.joined()
    let error = try #require(throws: ToolError.self) { try graph(with: file, []) }
    #expect(error.description.hasSuffix("has more different frames than there is room for"))
  }

  @Test func `one long name has no room, and what is short still has`() {
    let graph = FlameGraph(title: "t", unit: "samples", StackStyle(), room: Self.room)
    graph.add([sample(3, user: [String(repeating: "long", count: 1000)]), sample(1)])
    #expect(
      boxes(graph).map(\.name) == ["all", "w&quot;b", "[truncated]", "main", "inner", "read"])
    #expect(boxes(graph).map(\.value) == [4, 4, 3, 1, 1, 1] && graph.cut == 3)
  }

  @Test func `a profile of pprof counts in one stack what it has no room for`() throws {
    let profile = PprofProfile(
      title: "t", unit: "samples", StackStyle(), testClock(), room: Self.room)
    profile.add(hostile(0..<1000))
    let count = try self.profile(written(profile)).messages(2).count
    profile.add(hostile(0..<3000))
    let message = try self.profile(written(profile))
    let samples = try message.messages(2)
    #expect(samples.count == count && count < 60)
    let values = try samples.map { try $0.packed(2) }
    #expect(values.reduce(0) { $0 + $1[0] } == 8000 && values[0] == [4])
    let texts = try #require(message.contents[6]).map { String(decoding: $0, as: UTF8.self) }
    #expect(texts.count < 100 && texts.contains("inner0") && texts.contains("[truncated]"))
    #expect(profile.cut > 7000)
  }

  @Test func `a profile of speedscope counts in one stack what it has no room for`() throws {
    let profile = SpeedscopeProfile(title: "t", unit: "samples", StackStyle(), room: Self.room)
    profile.add(hostile(0..<3000))
    profile.add(hostile(0..<1000))
    let object = try JSONSerialization.jsonObject(with: Data(written(profile)))
    let root = try #require(object as? [String: Any])
    let shared = try #require((root["shared"] as? [String: Any])?["frames"] as? [[String: String]])
    let one = try #require((root["profiles"] as? [[String: Any]])?.first)
    let weights = try #require(one["weights"] as? [Int])
    #expect(shared.count < 60 && weights.count < 60)
    #expect(weights.reduce(0, +) == 8000 && one["endValue"] as? Int == 8000)
    #expect(shared.contains { $0["name"] == "[truncated]" })
    #expect(profile.cut > 7000)
  }

  @Test func `with just enough room nothing is different`() throws {
    // 64 for each of 4 steps, and their names: w"b has one byte that is written as six.
    let room = 4 * 64 + 8 + 4 + 5 + 4
    for (room, isWhole) in [(room, true), (room - 1, false)] {
      let graphs = [room, 1 << 20].map {
        FlameGraph(title: "t", unit: "samples", StackStyle(), room: $0)
      }
      for graph in graphs { graph.add([sample(2), sample(1)]) }
      #expect((graphs[0].cut == 0) == isWhole)
      #expect((written(graphs[0]) == written(graphs[1])) == isWhole)
    }
  }
}
