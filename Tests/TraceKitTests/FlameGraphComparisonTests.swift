import Foundation
import FoundationXML
import Testing

@testable import TraceKit

/// Flame graphs with the folded stacks of another run.
@Suite struct FlameGraphComparisonTests {
  private struct Box: Equatable {
    let name: String
    let value: UInt64
    let other: UInt64
    let fill: String
  }

  private func sample(
    _ value: UInt64, comm: String = "web", _ frames: String, waker: StackSide? = nil
  ) -> StackSample {
    let user = frames.split(separator: ";").reversed().enumerated().map {
      Frame(name: String($1), address: UInt64($0), isKernel: $1.hasPrefix("sys_"))
    }
    return StackSample(
      side: StackSide(
        pid: 7, tid: 0, comm: Array(comm.utf8), kernel: user.filter(\.isKernel),
        user: user.filter { !$0.isKernel }),
      waker: waker, count: value, time: value * 1000)
  }

  private func graph(
    _ samples: [StackSample], _ kind: FlameGraphComparison, with file: String,
    _ style: StackStyle = StackStyle()
  ) throws -> (boxes: [Box], text: String) {
    try withTemporaryFile { path in
      try Data(file.utf8).write(to: URL(filePath: path))
      let graph = FlameGraph(title: "CPU time", unit: "samples", style)
      try graph.compare(with: FoldedStacks(path), as: kind)
      graph.add(samples)
      let text = text { graph.write(to: $0) }
      #expect(XMLParser(data: Data(text.utf8)).parse())
      let pattern = /<title>(.*)<\/title><rect.* fill="(.*?)" data-other="(.*?)".*-value="(.*?)"/
      let boxes = text.matches(of: pattern).map {
        Box(
          name: String($0.1), value: UInt64($0.4) ?? 0, other: UInt64($0.3) ?? 0,
          fill: String($0.2))
      }
      return (boxes, text)
    }
  }

  private static let (same, more) = ("#ece9e4", "#de4632")

  @Test func `frames have the colour of the change of their share`() throws {
    let (boxes, text) = try graph(
      [sample(3, "main;a"), sample(1, "main;b"), sample(4, "main;new")], .baseline,
      with: "web;main;a 600\nweb;main;b 400\n\nweb;main;old;inner 550\nweb;main;old 50\n")
    #expect(
      boxes == [
        Box(name: "all", value: 8, other: 1600, fill: Self.same),
        Box(name: "web", value: 8, other: 1600, fill: Self.same),
        Box(name: "main", value: 8, other: 1600, fill: Self.same),
        Box(name: "a", value: 3, other: 600, fill: Self.same),
        // Half of what it was.
        Box(name: "b", value: 1, other: 400, fill: "#99b1de"),
        Box(name: "new", value: 4, other: 0, fill: Self.more),
      ])
    #expect(text.contains(" 37.50% of it is gone<title>Gone:\n37.50% web;main;old\n</title>"))
    #expect(text.contains("data-before=\"1600\""))
  }

  @Test func `a run without samples has lost all`() throws {
    let (boxes, text) = try graph([], .baseline, with: "web;main 1\n")
    #expect(boxes.isEmpty && text.contains("100.00% web\n"))
  }

  @Test func `what -f prints is the same as what it was printed of`() throws {
    let waker = StackSide(
      pid: 8, tid: 8, comm: Array("w;k".utf8), kernel: [],
      user: [Frame(name: "po\u{1b}st", address: 1, isKernel: false)])
    let samples = [
      sample(3, comm: "a;b\\", "main;x\u{202e}\\n;sys_read"), sample(2, "main;<T&>;sys_read"),
      sample(1, "main", waker: waker), sample(9, comm: "", "main"),
    ]
    for wakers in [WakerStacks.none, .beside, .alone] {
      for isLong in [false, true] {
        var style = StackStyle()
        style.wakers = wakers
        (style.isAnnotated, style.isDelimited, style.showsAddresses) = (isLong, isLong, isLong)
        (style.joinsProcesses, style.measuresTime) = (isLong, isLong)
        let folded = text { StackPrinter.fold(samples, style, to: $0) {} }
        let (boxes, text) = try graph(samples, .baseline, with: folded, style)
        #expect(boxes.count > 4 && boxes.allSatisfy { $0.fill == Self.same }, "\(boxes)")
        #expect(boxes.allSatisfy { $0.value == $0.other } && !text.contains("gone"))
      }
    }
  }

  @Test func `escapes are shown as they are in other pictures`() throws {
    let boxes = try graph(
      [sample(1, "a\\b\u{1b}")], .baseline, with: "web;\u{1b}<x>\u{202e} 1\n"
    )
    #expect(boxes.boxes.last?.name == #"a\\b\x1b"#)
    #expect(boxes.text.contains(#"web;\x1b&lt;x&gt;\u202e"#))
  }

  @Test func `two files of stacks are drawn as one, each in its colour`() throws {
    let (boxes, text) = try graph(
      [sample(30, "main;run;sys_write")], .addition(ranOnCPU: false),
      with: "web;main;run;sys_read 60\nweb;main;sys_poll 30\n")
    #expect(
      boxes == [
        Box(name: "all", value: 120, other: 90, fill: "url(#mix10)"),
        Box(name: "web", value: 120, other: 90, fill: "url(#mix10)"),
        Box(name: "main", value: 120, other: 90, fill: "url(#mix10)"),
        Box(name: "run", value: 90, other: 60, fill: "url(#mix13)"),
        Box(name: "sys_read", value: 60, other: 60, fill: "#6fa3d8"),
        Box(name: "sys_write", value: 30, other: 0, fill: "#e8843c"),
        Box(name: "sys_poll", value: 30, other: 30, fill: "#6fa3d8"),
      ])
    #expect(text.contains("id=\"mix10\"") && text.contains("data-total=\"120\""))
    let turned = try graph([sample(1, "main")], .addition(ranOnCPU: true), with: "")
    #expect(turned.boxes.last?.fill == "#6fa3d8")
  }

  @Test(arguments: [
    ("web;main\n", "line 1"), ("web;main 1\nx\n", "line 2"), ("web;main -1\n", "line 1"),
    ("web;main 1.5\n", "line 1"), (" 1\n", "line 1"), ("web;main \n", "line 1"),
    ("web 99999999999999999999\n", "line 1"), ("a 1152921504606846976\nb 1\n", "line 2"),
    (String(repeating: "a;", count: 1024) + "a 1\n", "line 1"),
  ])
  func `what is no folded stack is refused with its line`(file: String, line: String) throws {
    let error = try #require(throws: ToolError.self) { try graph([], .baseline, with: file) }
    #expect(error.description.hasPrefix("\(line) of '"), "\(error)")
  }

  @Test func `a file of stacks is for one flame graph`() throws {
    for options in [
      ["--baseline", "a"], ["--with", "a"],
      ["--flamegraph", "a", "--baseline", "b", "--with", "c"],
    ] {
      #expect(throws: (any Error).self) { try StackFileOptions.parse(options) }
    }
    #expect(try StackFileOptions.parse(["--flamegraph", "a", "--with", "b"]).addition == "b")
  }

  @Test func `what is no file of a moderate size is refused`() throws {
    #expect(throws: ToolError.self) { try FoldedStacks("/nonexistent") }
    #expect(throws: ToolError.self) { try FoldedStacks("/dev/zero") }
    #expect(throws: ToolError.self) { try FoldedStacks("/tmp") }
    try withTemporaryFile { path in
      try #require(mkfifo(path, 0o600) == 0)
      #expect(throws: ToolError.self) { try FoldedStacks(path) }
    }
    try withTemporaryFile { path in
      try #require(FileManager.default.createFile(atPath: path, contents: nil))
      try #require(truncate(path, 65 << 20) == 0)
      #expect(throws: ToolError.self) { try FoldedStacks(path) }
    }
  }
}
