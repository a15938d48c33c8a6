import Foundation
import FoundationXML
import Testing
import Wire

@testable import TraceKit

/// What is in a heat map, which must be well-formed XML to be found.
private final class HeatmapReader: NSObject, XMLParserDelegate {
  private(set) var names: Set<String> = []
  private(set) var cells: [(attributes: [String: String], title: String)] = []
  private(set) var titles: [String] = []
  private(set) var texts: [String] = []
  private var text = ""

  init(_ bytes: [UInt8]) {
    super.init()
    let parser = XMLParser(data: Data(bytes))
    parser.delegate = self
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
  }

  var counts: [Int] { cells.compactMap { $0.attributes["data-count"].flatMap { Int($0) } } }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    names.insert(name)
    text = ""
    if attributes["data-count"] != nil { cells.append((attributes, "")) }
  }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    switch name {
    case "title" where cells.isEmpty: titles.append(text)
    case "title": cells[cells.count - 1].title = text
    case "text": texts.append(text)
    default: break
    }
  }

  func parser(_ parser: XMLParser, foundCharacters more: String) { text += more }
}

@Suite struct HeatmapTests {
  private static let second: UInt64 = 1_000_000_000
  private static let start = 100 * second

  private func draw(
    _ heatmap: Heatmap, seconds: UInt64, selection: String = "disk sda", unit: String = "usecs",
    scale: UInt64 = 1
  ) -> HeatmapReader {
    let request = HeatmapRequest(
      path: "", subject: "latency", selection: selection, noun: "requests", unit: unit,
      scale: scale)
    let page = HeatmapPage(
      request, tool: "biolatency", time: TimeAxis(clock: testClock(), isUTC: true))
    return HeatmapReader(
      written { page.write(heatmap, until: Self.start + seconds * Self.second, to: $0) })
  }

  @Test func `cells have the counts, with their values and times`() throws {
    let heatmap = Heatmap(start: Self.start, width: Self.second)
    for (value, time) in [(100, 0), (100, 1), (101, 1), (90_000, 9)] as [(UInt64, UInt64)] {
      heatmap.add(value, at: Self.start + time * Self.second + 500)
    }
    let drawing = draw(heatmap, seconds: 10)
    #expect(drawing.counts == [1, 2, 1])
    #expect(
      drawing.cells.map(\.title) == [
        "1 request of 96 to 111 usecs\n22:13:20 to 22:13:21",
        "2 requests of 96 to 111 usecs\n22:13:21 to 22:13:22",
        "1 request of 81,920 to 98,303 usecs\n22:13:29 to 22:13:30",
      ])
    let title = "biolatency: latency, disk sda, 2023-11-14 22:13:20 to 22:13:30 UTC"
    #expect(drawing.titles == [title])
    for text in [
      "disk sda · 2023-11-14 22:13:20 to 22:13:30 UTC · 4 requests", "a column is 1 second", "100",
      "1,000", "10,000", "22:13:20", "22:13:30", "requests in a cell",
    ] { #expect(drawing.texts.contains(text), "\(text)") }
    let tops = drawing.cells.compactMap { $0.attributes["y"].flatMap { Int($0) } }
    #expect(tops[0] == tops[1] && tops[2] < tops[0])
    #expect(drawing.cells[0].attributes["class"] != drawing.cells[1].attributes["class"])
  }

  @Test func `it has no scripts, links or fonts`() {
    let heatmap = Heatmap(start: Self.start, width: Self.second)
    heatmap.add(5, at: Self.start)
    #expect(
      draw(heatmap, seconds: 1).names.isSubset(of: [
        "svg", "title", "style", "rect", "text", "path", "g",
      ]))
  }

  @Test func `a long run has no more columns, and loses no event`() {
    let heatmap = Heatmap(start: Self.start, width: Self.second)
    let days: UInt64 = 9 * 86_400
    for time in stride(from: 0, to: days, by: 601) {
      heatmap.add(time % 5000, at: Self.start + time * Self.second)
    }
    #expect(heatmap.columns <= Heatmap.columnLimit && heatmap.columns > Heatmap.columnLimit / 2)
    let count = (days + 600) / 601
    #expect(heatmap.total == count)
    let drawing = draw(heatmap, seconds: days)
    #expect(drawing.counts.reduce(0, +) == Int(count))
    #expect(Set(drawing.cells.compactMap { $0.attributes["x"] }).count == heatmap.columns)
    #expect(drawing.texts.contains("11-15"))
    #expect(drawing.texts.contains("a column is 1.14 hours"))
  }

  @Test func `two columns become one with the sum of each row`() {
    let heatmap = Heatmap(start: Self.start, width: 10)
    for time in 0..<UInt64(Heatmap.columnLimit) * 10 {
      heatmap.add(time % 2, at: Self.start + time)
    }
    #expect(heatmap.width == 10 && heatmap.count(column: 3, row: 1) == 5)
    heatmap.add(7, at: Self.start + UInt64(Heatmap.columnLimit) * 10)
    #expect(heatmap.width == 20 && heatmap.columns == Heatmap.columnLimit / 2 + 1)
    for column in 0..<Heatmap.columnLimit / 2 {
      #expect([0, 1].map { heatmap.count(column: column, row: $0) } == [10, 10])
    }
    #expect(heatmap.count(column: Heatmap.columnLimit / 2, row: 7) == 1)
    heatmap.add(1, at: .max)
    #expect(heatmap.columns <= Heatmap.columnLimit)
    #expect(heatmap.total == UInt64(Heatmap.columnLimit) * 10 + 2)
  }

  @Test func `an event from before the run is in its first column`() {
    let heatmap = Heatmap(start: Self.start, width: Self.second)
    heatmap.add(0, at: Self.start - 5)
    #expect(heatmap.count(column: 0, row: 0) == 1)
    #expect(draw(heatmap, seconds: 0).counts == [1])
  }

  @Test func `text is escaped, whatever it is`() {
    let heatmap = Heatmap(start: Self.start, width: Self.second)
    heatmap.add(3, at: Self.start)
    let hostile = "</title><script>alert(1)</script>]]>&\"'\u{0}\u{1b}\u{202e}\u{ffff}"
    let drawing = draw(heatmap, seconds: 2, selection: hostile, unit: hostile)
    #expect(!drawing.names.contains("script"))
    let shown = "</title><script>alert(1)</script>]]>&\"'\\x00\\x1b\\u202e"
    #expect(drawing.titles.first?.contains(shown) == true)
    #expect(drawing.cells[0].title.contains(shown))
    #expect(drawing.texts.contains { $0.hasPrefix(shown) })
  }

  @Test func `nothing is an empty drawing that says so`() {
    let drawing = draw(Heatmap(start: Self.start, width: Self.second), seconds: 3)
    #expect(drawing.counts.isEmpty && drawing.texts.contains("no requests"))
  }

  @Test func `values are written in their unit`() {
    let heatmap = Heatmap(start: Self.start, width: Self.second)
    heatmap.add(1_300_000, at: Self.start)
    heatmap.add(90, at: Self.start)
    let drawing = draw(heatmap, seconds: 1, unit: "ms", scale: 1000)
    #expect(drawing.cells.map(\.title)[0].hasPrefix("1 request of 0.08 to 0.095 ms"))
    #expect(drawing.cells.map(\.title)[1].hasPrefix("1 request of 1,048.576 to 1,310.719 ms"))
    #expect(["0.1", "1", "10", "100", "1,000"].allSatisfy(drawing.texts.contains))
  }

  @Test func `buckets are those of the programs`() {
    for bucket in 0..<Heatmap.rows {
      let low = HistogramScale.powers.low(of: bucket)
      #expect(HistogramScale.powers.bucket(of: low) == bucket)
      if bucket > 0 { #expect(HistogramScale.powers.bucket(of: low - 1) == bucket - 1) }
    }
    #expect(HistogramScale.powers.bucket(of: .max) == Heatmap.rows - 1)
    let steps = HistogramScale.linear(step: 10)
    #expect([0, 9, 10, .max].map(steps.bucket) == [0, 0, 1, Heatmap.rows - 1])
  }

  @Test func `histograms that grow are drawn by what is new`() {
    func histogram(_ values: [UInt64]) -> Histogram {
      var counts = Wire.histogram()
      withUnsafeMutableBytes(of: &counts.buckets) { bytes in
        let buckets = bytes.bindMemory(to: UInt64.self)
        for value in values { buckets[HistogramScale.powers.bucket(of: value)] += 1 }
      }
      return Histogram(counts)
    }
    let heatmap = Heatmap(start: Self.start, width: Self.second)
    let intervals = HeatmapIntervals(heatmap)
    func tick(_ histograms: [Histogram], _ tenths: UInt64, isTaken: Bool) {
      let time = Self.start + tenths * Self.second / 10
      intervals.add(histograms, isTaken: isTaken, at: time)
    }
    // No tick is exactly in time.
    tick([histogram([1])], 10, isTaken: false)
    tick([histogram([1, 1]), histogram([2])], 21, isTaken: false)
    tick([histogram([1, 1]), histogram([2, 2])], 32, isTaken: true)
    tick([histogram([1])], 39, isTaken: true)
    #expect((0..<4).map { heatmap.count(column: $0, row: 1) } == [1, 1, 0, 1])
    #expect((0..<4).map { heatmap.count(column: $0, row: 2) } == [0, 1, 1, 0])
    #expect(heatmap.total == 5)
  }

  @Test(arguments: [1, 2, 3, 7, 23, 1000, 123_456_789, UInt64.max / 4])
  func `each count has one colour, and more have a later one`(most: UInt64) throws {
    let colours = HeatmapColours(most: most)
    #expect(colours.ranges.first?.lowerBound == 1 && colours.ranges.last?.upperBound == most)
    for (one, next) in zip(colours.ranges, colours.ranges.dropFirst()) {
      #expect(one.upperBound + 1 == next.lowerBound)
    }
    let shades = colours.ranges.indices.map(colours.shade)
    #expect(shades == Array(Set(shades)).sorted() && shades.allSatisfy((0..<7).contains))
    #expect(colours.level(of: most) == colours.ranges.count - 1)
    #expect(colours.ranges.allSatisfy { HeatmapColours.text($0).count <= 9 })
  }

  @Test func `times are marked at round times of day`() {
    let axis = TimeAxis(clock: testClock(), isUTC: true)
    for (length, labels) in [
      (3, ["22:13:20.0", "22:13:20.5", "22:13:21.0"]), (60, ["22:13:20", "22:13:30"]),
      (3600, ["22:20", "22:30"]), (86_400, ["00:00", "03:00"]), (86_400 * 9, ["11-15", "11-16"]),
    ] as [(UInt64, [String])] {
      let ticks = axis.ticks(
        from: Self.start, to: Self.start + length * Self.second, atMost: 11)
      #expect(ticks.prefix(labels.count).map(\.label) == labels)
      #expect(ticks.count <= 11 && ticks.count >= 4)
    }
    let ticks = axis.ticks(from: Self.start, to: Self.start + 86_400 * Self.second, atMost: 11)
    #expect(ticks.compactMap(\.day) == ["11-15"])
  }

  @Test func `linear rows are marked at round numbers`() {
    let axis = ValueAxis(0...60, scale: .linear(step: 1), unit: 1)
    #expect(axis.ticks.map(\.label) == ["0", "10", "20", "30", "40", "50", "60"])
    #expect(axis.range(of: 5) == "5" && axis.range(of: Heatmap.rows - 1) == "123 or more")
  }
}

@Suite struct DrawingFileTests {
  private func contents(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
  }

  @Test func `the file is replaced in one step and keeps its mode`() throws {
    try withTemporaryFile { path in
      try "before".write(toFile: path, atomically: false, encoding: .utf8)
      chmod(path, 0o640)
      let reader = try #require(FileHandle(forReadingAtPath: path))
      let file = try DrawingFile(path)
      #expect(try contents(path) == "before")
      try file.write { $0.append("after") }
      #expect(try contents(path) == "after")
      // Who has it open sees the whole of what it was.
      #expect(String(decoding: reader.readDataToEndOfFile(), as: UTF8.self) == "before")
      var status = stat()
      #expect(stat(path, &status) == 0 && status.st_mode & 0o7777 == 0o640)
      let folder = URL(filePath: path).deletingLastPathComponent().path
      let name = URL(filePath: path).lastPathComponent
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(names.filter { $0.hasPrefix(name) } == [name])
    }
  }

  @Test func `a drawing that is written in parts is the whole of it`() throws {
    let part = String(repeating: "0123456789", count: 30_000)
    for draws in [1, 17] {
      try withTemporaryFile { path in
        try DrawingFile(path).write(inParts: { out, pause in
          for _ in 0..<draws {
            out.append(part)
            try pause()
            #expect(out.count < 2 << 20)
          }
        })
        #expect(try contents(path) == String(repeating: part, count: draws))
      }
    }
  }

  @Test func `a link stays, and what it leads to is replaced`() throws {
    try withTemporaryFile { path in
      let link = path + ".link"
      defer { unlink(link) }
      symlink(path, link)
      try DrawingFile(link).write { $0.append("drawing") }
      #expect(try contents(path) == "drawing")
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == path)
    }
  }

  @Test func `a device is written and not replaced`() throws {
    try DrawingFile("/dev/null").write { $0.append("drawing") }
    var status = stat()
    #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
    let file = try DrawingFile("/dev/full")
    #expect(throws: ToolError.self) { try file.write { $0.append("drawing") } }
    #expect(throws: ToolError.self) {
      try file.write(inParts: { out, pause in
        out.append(String(repeating: "drawing", count: 200_000))
        try pause()
        Issue.record("goes on")
      })
    }
  }

  @Test func `nothing is left of a run that draws nothing`() throws {
    try withTemporaryFile { path in
      do { _ = try DrawingFile(path) }
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }

  @Test func `a path that cannot be written is an error at once`() {
    let error = #expect(throws: ToolError.self) { try DrawingFile("/nowhere/io.svg") }
    #expect(error?.status == .failure)
    #expect(
      error?.description
        == "cannot open '/nowhere/io.svg' for writing: No such file or directory (ENOENT)")
  }
}
