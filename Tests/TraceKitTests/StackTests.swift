import Foundation
import FoundationXML
import Testing

@testable import TraceKit

private func frames(_ names: [String], isKernel: Bool) -> [Frame] {
  names.enumerated().map { Frame(name: $1, address: UInt64(4096 + $0), isKernel: isKernel) }
}

private func sample(
  _ count: UInt64 = 1, comm: String = "web", user: [String] = ["inner", "main"],
  kernel: [String] = ["read", "entry"], tid: UInt32 = 0, time: UInt64 = 0, waker: StackSide? = nil
) -> StackSample {
  StackSample(
    side: StackSide(
      pid: 7, tid: tid, comm: Array(comm.utf8), kernel: frames(kernel, isKernel: true),
      user: frames(user, isKernel: false)),
    waker: waker, count: count, time: time, taken: 105_000_000_000)
}

private func printed(
  _ samples: [StackSample], _ format: OutputFormat = .table, perThread: Bool = false,
  _ change: (inout StackStyle) -> Void = { _ in }
) -> String {
  var style = StackStyle()
  change(&style)
  return text { out in
    let columns = Column<StackSample>.stack(
      measuresTime: style.measuresTime, perThread: perThread,
      wakers: style.wakers
    ).filter { if case .shown = $0.presence { true } else { false } }
    let printer = StackPrinter(
      style: style, format: format, timeFormat: .utc,
      rows: RowPrinter(
        type: "stack", columns: columns, format: format, timeFormat: .utc, clock: testClock(),
        out: out),
      out: out)
    printer.header()
    printer.print(samples) {}
  }
}

@Suite struct StackPrinterTests {
  @Test func `a stack is a paragraph from the innermost frame outwards`() {
    #expect(
      printed([sample(23)]) == """
            read
            entry
            inner
            main
            -                web (7)
                23


        """)
    #expect(
      printed([sample(23, tid: 9)]) { $0.isDelimited = true } == """
            read
            entry
            --
            inner
            main
            -                web (9)
                23


        """)
  }

  @Test func `folded, a stack is a line from the outermost frame inwards`() {
    #expect(printed([sample(23)]) { $0.isFolded = true } == "web;main;inner;entry;read 23\n")
    #expect(
      printed([sample(23)]) {
        $0.isFolded = true
        $0.isDelimited = true
        $0.isAnnotated = true
      } == "web;main;inner;-;entry_[k];read_[k] 23\n")
    #expect(
      printed([sample(23)]) {
        $0.isFolded = true
        $0.showsAddresses = true
      } == "web;0x1001 main;0x1000 inner;0x1001 entry;0x1000 read 23\n")
  }

  @Test func `folded stacks that read the same are added up`() {
    #expect(
      printed([sample(23), sample(2, comm: "db"), sample(17)]) { $0.isFolded = true }
        == "web;main;inner;entry;read 40\ndb;main;inner;entry;read 2\n")
  }

  @Test func `a folded name has no semicolon and no line end`() {
    #expect(
      printed([sample(1, comm: "a;b\n", user: ["x;y\u{1b}[2J"], kernel: [])]) {
        $0.isFolded = true
      } == "a:b\\n;x:y\\x1b[2J 1\n")
  }

  @Test func `a time is shown in microseconds`() {
    #expect(
      printed([sample(3, time: 5_000_999)]) {
        $0.isFolded = true
        $0.measuresTime = true
      } == "web;main;inner;entry;read 5000\n")
  }

  @Test func `JSON has the frames as arrays`() throws {
    let hostile = "a\"b\\\u{7}"
    let line = printed([sample(23, user: [hostile, "main"], time: 1_500)], .json, perThread: true) {
      $0.measuresTime = true
    }
    let row = try #require(try jsonLines(line).first)
    #expect(row["type"] as? String == "stack")
    #expect(row["time"] as? String == "2023-11-14T22:13:25.000000000Z")
    #expect(row["pid"] as? Int == 7)
    #expect(row["count"] as? Int == 23)
    #expect(row["total_us"] as? Double == 1.5)
    #expect(row["user"] as? [String] == [hostile, "main"])
    #expect(row["kernel"] as? [String] == ["read", "entry"])
  }

  @Test func `CSV has the frames with semicolons`() {
    #expect(
      printed([sample(23, user: ["f(int, char)", "main"])], .csv) == """
        time,pid,comm,count,kernel,user
        22:13:25,7,web,23,read;entry,"f(int, char);main"

        """)
  }

  @Test func `a waker stands over whom it woke`() throws {
    let waker = StackSide(
      pid: 8, tid: 8, comm: Array("waker".utf8), kernel: frames(["wake"], isKernel: true),
      user: frames(["post", "start"], isKernel: false))
    let woken = sample(2, time: 3_000, waker: waker)
    func printed(
      _ samples: [StackSample], _ format: OutputFormat = .table,
      _ change: (inout StackStyle) -> Void = { _ in }
    ) -> String {
      TraceKitTests.printed(samples, format) {
        $0.wakers = .beside
        change(&$0)
      }
    }
    #expect(
      printed([woken]) {
        $0.isFolded = true
        $0.measuresTime = true
      } == "web;main;inner;entry;read;--;wake;post;start;waker 3\n")
    #expect(
      printed([woken]) { $0.measuresTime = true } == """
            waker:           waker (8)
            start
            post
            wake
            --
            read
            entry
            inner
            main
            target:          web (7)
                3


        """)
    let row = try #require(try jsonLines(printed([woken], .json)).first)
    #expect(row["waker_comm"] as? String == "waker")
    #expect(row["waker_user"] as? [String] == ["post", "start"])
  }

  @Test func `a waker alone is above the task in folded stacks, and below it in a table`() throws {
    let waker = StackSide(
      pid: 8, tid: 0, comm: Array("waker".utf8), kernel: frames(["wake"], isKernel: true),
      user: frames(["post", "start"], isKernel: false))
    let woken = sample(2, user: [], kernel: [], time: 3_000, waker: waker)
    func alone(_ style: inout StackStyle) {
      style.wakers = .alone
      style.measuresTime = true
    }
    #expect(
      printed([woken]) {
        alone(&$0)
        $0.isFolded = true
      } == "waker;start;post;wake;web 3\n")
    #expect(
      printed([woken]) { alone(&$0) } == """
            target:          web (7)
            wake
            post
            start
            waker:           waker (8)
                3


        """)
    let row = try #require(try jsonLines(printed([woken], .json) { alone(&$0) }).first)
    #expect(row["pid"] as? Int == 7 && row["waker_pid"] as? Int == 8)
    #expect(row["kernel"] == nil && row["waker_tid"] == nil)
    #expect(row["waker_kernel"] as? [String] == ["wake"])
  }
}

@Suite struct InterruptStackTests {
  private func interrupt(_ names: [String]) -> StackSide? {
    StackSide(interrupt: frames(names, isKernel: true))
  }

  @Test(arguments: [
    ["sysvec_apic_timer_interrupt", "asm_sysvec_apic_timer_interrupt"], ["asm_common_interrupt"],
    ["el1h_64_irq"], [],
  ])
  func `what an interrupt found is left out`(entry: [String]) {
    let own = ["wake", "timer", "irq_exit_rcu"] + entry
    let found = interrupt(own + (entry.isEmpty ? [] : ["read", "do_softirq", "do_syscall_64"]))
    #expect(found?.kernel.map(\.name) == own)
    #expect(found?.isInterrupt == true && found?.pid == 0)
    #expect(found.map { String(decoding: $0.comm, as: UTF8.self) } == "[interrupt]")
  }

  @Test func `a softirq that a task runs is the task's`() {
    #expect(interrupt(["wake", "tcp_rcv", "do_softirq", "tcp_send", "write"]) == nil)
    #expect(interrupt(["wake", "tcp_rcv", "do_softirq.part.0", "write"]) == nil)
    #expect(interrupt([])?.isInterrupt == true)
  }

  @Test(arguments: [
    ["up_read", "exc_page_fault", "asm_exc_page_fault"],
    ["signal", "irqentry_exit_to_user_mode", "asm_sysvec_apic_timer_interrupt"],
    ["futex_wake", "do_syscall_64", "entry_SYSCALL_64_after_hwframe"],
  ])
  func `what a task does after an exception or an interrupt is its own`(frames: [String]) {
    #expect(interrupt(["wake"] + frames) == nil)
  }

  @Test func `those of one interrupt are one, of several and of tasks not`() {
    func woken(_ names: [String], comm: String = "web", count: UInt64 = 1) -> StackSample {
      sample(count, comm: comm, time: 1000 * count, waker: interrupt(names))
    }
    let tasks = [sample(1), sample(1)]
    let joined = StackSample.joiningInterrupts(
      [
        woken(["wake", "asm_common_interrupt", "one"]),
        woken(["wake", "asm_common_interrupt", "another", "place"], count: 22),
        woken(["wake", "asm_common_interrupt"], comm: "db"),
        woken(["wake", "more", "asm_common_interrupt"]),
      ] + tasks)
    #expect(joined.map(\.count) == [23, 1, 1, 1, 1])
    #expect(joined.first?.time == 23_000)
  }
}

/// Elements of a flame graph, which must be well-formed XML to be found.
private final class Drawing: NSObject, XMLParserDelegate {
  private(set) var titles: [String] = []
  private(set) var boxes: [[String: String]] = []
  private var inTitle = false

  init(_ bytes: [UInt8]) throws {
    super.init()
    let parser = XMLParser(data: Data(bytes))
    parser.delegate = self
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    if name == "title" {
      titles.append("")
      inTitle = true
    }
    if name == "rect", attributes["data-value"] != nil { boxes.append(attributes) }
  }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    if name == "title" { inTitle = false }
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) {
    if inTitle { titles[titles.count - 1] += text }
  }
}

@Suite struct FlameGraphTests {
  private func draw(_ samples: [StackSample]) throws -> Drawing {
    let graph = FlameGraph(title: "CPU time", unit: "samples", StackStyle())
    graph.add(samples)
    return try Drawing(written { graph.write(to: $0) })
  }

  @Test func `frames of one name are one, and widths are values`() throws {
    let drawing = try draw([
      sample(3, user: ["b", "main"], kernel: []), sample(1, user: ["a", "main"], kernel: []),
    ])
    #expect(drawing.titles == ["CPU time", "all", "web", "main", "a", "b"])
    #expect(drawing.boxes.map { $0["data-value"] } == ["4", "4", "4", "1", "3"])
    #expect(drawing.boxes.map { $0["data-start"] } == ["0", "0", "0", "0", "1"])
    #expect(
      drawing.boxes.map { $0["width"] } == [
        "1180.000", "1180.000", "1180.000", "295.000", "885.000",
      ])
    #expect(drawing.boxes.map { $0["x"] } == ["10.000", "10.000", "10.000", "10.000", "305.000"])
    let heights = drawing.boxes.compactMap { $0["y"].flatMap { Int($0) } }
    #expect(heights[0] - heights[1] == 17 && heights[3] == heights[4])
  }

  @Test func `a name of the kernel and the same of user space are two`() throws {
    let drawing = try draw([
      sample(1, user: ["same"], kernel: []), sample(1, user: [], kernel: ["same"]),
    ])
    #expect(drawing.titles == ["CPU time", "all", "web", "same", "same"])
    #expect(drawing.boxes[2]["fill"] != drawing.boxes[3]["fill"])
  }

  @Test func `names are escaped, whatever they are`() throws {
    let hostile = "</title><script>alert(1)</script>]]>&\"'\u{0}\u{1b}\u{202e}\u{ffff}"
    let drawing = try draw([sample(1, comm: hostile, user: [hostile], kernel: [])])
    #expect(drawing.titles.count == 4)
    #expect(drawing.titles[2] == drawing.titles[3])
    #expect(
      drawing.titles[3].hasPrefix("</title><script>alert(1)</script>]]>&\"'\\x00\\x1b\\u202e"))
  }

  @Test func `nothing is an empty drawing`() throws {
    #expect(try draw([]).boxes.isEmpty)
  }

  @Test func `10,000 distinct stacks are drawn whole`() throws {
    let samples = (0..<10_000).map { number in
      sample(
        1, user: (0..<25).map { "function_\($0 < 3 ? number : number % 100)_\($0)" },
        kernel: (0..<5).map { "kernel_\(number % 7)_\($0)" })
    }
    let graph = FlameGraph(title: "CPU time", unit: "samples", StackStyle())
    let clock = ContinuousClock()
    var bytes: [UInt8] = []
    let time = clock.measure {
      graph.add(samples)
      bytes = written { graph.write(to: $0) }
    }
    print("a flame graph of 10,000 stacks, \(bytes.count) bytes: \(time)")
    // Too large for the parser of XML, which Foundation limits.
    let lines = bytes.split(separator: UInt8(ascii: "\n")).map {
      String(decoding: $0, as: UTF8.self)
    }
    #expect(
      lines.contains { $0.contains("<title>all</title>") && $0.contains(#"data-value="10000""#) })
    let kernel = lines.filter { $0.contains("<title>kernel_") && $0.contains("_0</title>") }
    #expect(kernel.count == 10_000)
  }
}
