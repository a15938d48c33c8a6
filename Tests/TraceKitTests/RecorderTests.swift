import Testing
import Wire

@testable import TraceKit

/// The names of pins, and how the memory of a recorder is divided.
@Suite struct RecorderTests {
  @Test(
    "a name of a pin",
    arguments: ["a", "web-1", "A_b", String(repeating: "x", count: 64)])
  func names(_ name: String) throws {
    #expect(try Parse.pinName(name) == name)
  }

  @Test(
    "no name of a pin",
    arguments: [
      "", ".", "..", "a/b", "a.b", "a b", "ä", "a\u{0}", String(repeating: "x", count: 65),
    ])
  func wrongNames(_ name: String) {
    #expect(throws: (any Error).self) { try Parse.pinName(name) }
  }

  @Test("spans of time")
  func spans() throws {
    #expect(try Parse.span("60s") == 60_000_000_000)
    #expect(try Parse.span("1.5m") == 90_000_000_000)
    #expect(try Parse.span("2h") == 7_200_000_000_000)
    #expect(try Parse.span("7") == 7_000_000_000)
    for text in ["", "s", "0s", "-1", "1d", "1e3", "1 s", "1000000000h"] {
      #expect(throws: (any Error).self) { try Parse.span(text) }
    }
  }

  @Test(
    "each CPU has a power of two of pages, and at least one", arguments: [4096, 5 << 20, 1 << 30])
  func layout(bytes: Int) throws {
    let layout = RecorderLayout(bytes: bytes, greatestEvent: 4097)
    #expect(layout.pages & (layout.pages - 1) == 0)
    #expect(layout.pages == 1 || layout.cpus * layout.pages * Int(RECORDER_PAGE) <= bytes)
    #expect(layout.pageRoom == Int(RECORDER_PAGE) + 16 + 4104)
    let places = (0..<layout.cpus).flatMap { cpu in
      (0..<RecorderLayout.lanes).flatMap { lane in
        (0..<layout.pages(ofLane: lane)).map { layout.firstPage(cpu: cpu, lane: lane) + $0 }
      }
    }
    #expect(places == Array(0..<layout.cpus * layout.stride))
  }

  @Test("numbers that no recorder has")
  func wrongMeta() {
    func layout(_ cpus: UInt32, _ pages: UInt32, _ room: UInt32) -> RecorderLayout? {
      var meta = recorder_meta()
      meta.cpus = cpus
      meta.pages = pages
      meta.page_room = room
      return RecorderLayout(meta)
    }
    let room = UInt32(RECORDER_PAGE) + 4096
    #expect(layout(2, 4, room) != nil)
    for (cpus, pages, wrong) in [
      (0, 4, room), (2, 0, room), (2, 3, room), (.max, 4, room), (2, .max, room), (2, 4, 0),
      (2, 4, room + 4), (2, 4, .max),
    ] as [(UInt32, UInt32, UInt32)] {
      #expect(layout(cpus, pages, wrong) == nil)
    }
  }

  /// A lane of one page, as programs write it.
  private struct Page {
    var bytes = [UInt8](repeating: 0, count: Int(RECORDER_PAGE) + 4096)
    var state = recorder_lane()

    mutating func add(_ event: [UInt64]) {
      let size = event.count * 8
      let header = recorder_header(
        number: state.count + 1, size: UInt32(size),
        back: state.count > 0 ? UInt16((state.head - state.last) / 8) : 0, lane: 0)
      let offset = Int(state.head % UInt64(RECORDER_PAGE))
      bytes.withUnsafeMutableBytes { bytes in
        bytes.storeBytes(of: header, toByteOffset: offset, as: recorder_header.self)
        for (index, word) in event.enumerated() {
          bytes.storeBytes(of: word, toByteOffset: offset + 16 + index * 8, as: UInt64.self)
        }
      }
      state.last = state.head
      state.head += UInt64(16 + size)
      state.count += 1
    }

    func events(
      head: UInt64? = nil, after mark: RecorderLane.Mark = RecorderLane.Mark()
    ) -> RecorderLane.Found {
      bytes.withUnsafeBytes { bytes in
        RecorderLane(
          state: state, head: head ?? state.head, pageCount: 1, page: { $0 == 0 ? bytes : nil }
        ).events(after: mark)
      }
    }
  }

  @Test("events from the newest to the oldest that is whole")
  func lanes() {
    var page = Page()
    #expect(page.events().whole.isEmpty && page.events().overwritten == 0)
    for number in 1...23 as ClosedRange<UInt64> { page.add([number, 7]) }
    #expect(page.events().whole.map(\.time) == (1...23).reversed())
    #expect(page.events().overwritten == 0)
    // What was begun while the pages were copied overwrites the first five.
    let found = page.events(head: UInt64(RECORDER_PAGE) + 5 * 32)
    #expect(found.whole.map(\.time) == (6...23).reversed() && found.overwritten == 5)
    // 4096 of them fill the page.
    for number in 24...5000 as ClosedRange<UInt64> { page.add([number, 7]) }
    #expect(page.events().whole.map(\.time) == (905...5000).reversed())
    #expect(page.events().overwritten == 904)
  }

  @Test("a reader that goes on gets each event once, and how many it came too late for")
  func marks() {
    var page = Page()
    #expect(page.events().mark == RecorderLane.Mark())
    for number in 1...23 as ClosedRange<UInt64> { page.add([number, 7]) }
    let first = page.events()
    #expect(page.events(after: first.mark).whole.isEmpty)
    #expect(page.events(after: first.mark).mark == first.mark)
    for number in 24...29 as ClosedRange<UInt64> { page.add([number, 7]) }
    let second = page.events(after: first.mark)
    #expect(second.whole.map(\.time) == (24...29).reversed() && second.overwritten == 0)
    // The count is read after the position, and may be that of later records.
    page.state.count += 2
    #expect(page.events(after: second.mark).whole.isEmpty)
    #expect(page.events(after: second.mark).overwritten == 0)
    page.state.count -= 2
    for number in 30...5000 as ClosedRange<UInt64> { page.add([number, 7]) }
    let third = page.events(after: second.mark)
    #expect(third.whole.map(\.time) == (905...5000).reversed() && third.overwritten == 904 - 29)
    // All was overwritten while it was copied.
    for number in 5001...5010 as ClosedRange<UInt64> { page.add([number, 7]) }
    let fourth = page.events(head: page.state.head + 2 * UInt64(RECORDER_PAGE), after: third.mark)
    #expect(fourth.whole.isEmpty && fourth.overwritten == 10 && fourth.mark.number == 5010)
  }

  @Test("a lane of garbage ends somewhere")
  func garbage() {
    var numbers = SystemRandomNumberGenerator()
    for _ in 0..<500 {
      var page = Page()
      for number in 1...100 as ClosedRange<UInt64> { page.add([number]) }
      for _ in 0..<UInt64.random(in: 1...200, using: &numbers) {
        let place = Int.random(in: 0..<2400, using: &numbers)
        page.bytes[place] = .random(in: 0...255, using: &numbers)
      }
      if Bool.random(using: &numbers) { page.state.last = .random(in: 0...4000, using: &numbers) }
      if Bool.random(using: &numbers) {
        page.state.count = .random(in: 0...(.max), using: &numbers)
      }
      let mark = RecorderLane.Mark(
        number: .random(in: 0...120, using: &numbers),
        position: .random(in: 0...4000, using: &numbers))
      let whole = page.events(after: Bool.random(using: &numbers) ? mark : .init()).whole
      #expect(whole.count <= 512)
      #expect(whole.allSatisfy { $0.offset + $0.size <= page.bytes.count })
    }
  }
}
