import Foundation
import Testing

@testable import TraceKit

/// A browser that shows a page without a screen; nil where none is installed.
private let browser = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
  .first { FileManager.default.isExecutableFile(atPath: $0) }

/// The script of a flame graph, run by a real browser.
@Suite(.enabled(if: browser != nil, "there is no browser (Debian: chromium)"))
struct FlameGraphBrowserTests {
  /// What is seen of a flame graph at an address, after a script of the test has run.
  private func frames(
    at address: String, script: String = "",
    comparing comparison: (kind: FlameGraphComparison, file: String)? = nil
  ) throws -> (shown: [String: String], page: String) {
    let graph = FlameGraph(title: "CPU time", unit: "samples", StackStyle())
    func stack(_ count: UInt64, _ user: [String]) -> StackSample {
      StackSample(
        side: StackSide(
          pid: 1, tid: 0, comm: Array("web".utf8), kernel: [],
          user: user.reversed().map { Frame(name: $0, address: 0, isKernel: false) }),
        count: count)
    }
    if let comparison {
      try withTemporaryFile { path in
        try Data(comparison.file.utf8).write(to: URL(filePath: path))
        try graph.compare(with: FoldedStacks(path), as: comparison.kind)
      }
    }
    graph.add([
      stack(60, ["main", "parse<int>", "read"]), stack(30, ["main", "write"]), stack(10, ["idle"]),
    ])
    let drawing = String(decoding: written { graph.write(to: $0) }, as: UTF8.self)
    let page = try withTemporaryFile { path in
      let file = path + ".svg"
      defer { try? FileManager.default.removeItem(atPath: file) }
      let text = drawing.replacing(
        "</svg>", with: "<script><![CDATA[\n\(script)\n]]></script></svg>")
      try Data(text.utf8).write(to: URL(filePath: file))
      return try dump("file://\(file)\(address)")
    }
    // Each frame is a group with its title, which the script writes anew, and its box.
    let pattern = /<g([^>]*)><title>([^<]*) \([^<]*<\/title><rect [^>]*?width="([0-9.]+)"/
    var shown: [String: String] = [:]
    for match in page.matches(of: pattern) where !match.1.contains("display") {
      shown[String(match.2)] = String(match.3)
    }
    return (shown, page)
  }

  private func dump(_ address: String) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: try #require(browser))
    process.arguments = [
      "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--dump-dom",
      address,
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let page = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: page, as: UTF8.self)
  }

  private static let whole = [
    "all": "1180", "web": "1180", "main": "1062", "parse&lt;int&gt;": "708", "read": "708",
    "write": "354", "idle": "118",
  ]

  @Test func `at first all is shown`() throws {
    let (shown, page) = try frames(at: "")
    #expect(shown == Self.whole)
    #expect(page.contains("main (90 samples, 90.00%)"))
    #expect(page.contains(#"visibility="hidden">Reset zoom"#))
  }

  @Test func `what was before, or is of another file, is told`() throws {
    let file = "web;main;write 30\nweb;gone 10\n"
    let changed = try frames(at: "", comparing: (.baseline, file))
    #expect(changed.shown == Self.whole)
    #expect(changed.page.contains("main (90 samples, 90.00%, before 75.00%)"))
    let both = try frames(at: "", comparing: (.addition(ranOnCPU: false), file))
    #expect(both.page.contains("main (120 samples, 85.71%, 30 of them in "))
    #expect(both.shown["gone"]?.hasPrefix("84.2857") == true)
  }

  @Test func `a click zooms into a frame, and the button out again`() throws {
    let click = """
      const groups = document.getElementById("frames").children;
      const parse = Array.from(groups).find((group) => group.textContent.includes("parse<"));
      parse.dispatchEvent(new MouseEvent("click"));
      """
    let (shown, page) = try frames(at: "", script: click)
    #expect(Set(shown.values) == ["1180"])
    #expect(Set(shown.keys) == ["all", "web", "main", "parse&lt;int&gt;", "read"])
    #expect(page.contains(#"visibility="visible">Reset zoom"#))
    let back = """
      addEventListener("hashchange", () => setTimeout(() => document.getElementById("reset")
        .dispatchEvent(new MouseEvent("click")), 50), { once: true });
      """
    #expect(try frames(at: "", script: back + click).shown == Self.whole)
  }

  @Test func `a link shows a zoom and a search`() throws {
    let (shown, page) = try frames(at: "#zoom=3&search=%5Eread%24")
    #expect(shown["all"] == "1180")
    #expect(page.contains(">Matched: 60.00%<"))
    #expect(page.contains(#"class="match"><title>read"#))
  }

  @Test func `a search counts a match in a match once, and tells of a bad pattern`() throws {
    #expect(try frames(at: "#search=main%7Cread%7Cidle").page.contains(">Matched: 100.00%<"))
    let ask = """
      window.prompt = () => "(";
      document.getElementById("search").dispatchEvent(new MouseEvent("click"));
      """
    let page = try frames(at: "", script: ask).page
    #expect(page.contains("Invalid regular expression"))
    #expect(page.contains(">Reset search<"))
  }
}
