import Foundation
import Glibc
import Testing

extension Live {
  /// firstlook with the tools beside it.
  @Suite(.alone) struct FirstLooks {
    /// Starts it, and waits for tools to be attached.
    private func start(_ arguments: [String], until tools: [String]) throws -> Subprocess {
      let process = try Subprocess([Executable.path("firstlook"), "-v"] + arguments)
      try waitFor("\(tools) to attach") {
        let text = process.errors.text
        return process.poll() != nil
          || tools.allSatisfy { text.contains("firstlook: \($0) is attached\n") }
      }
      return process
    }

    private func result(of process: Subprocess) throws -> RunResult {
      let end = try process.wait()
      return RunResult(
        end: end, output: process.output.data, errors: process.errors.text, leftInKernel: "")
    }

    private static func children(of pid: pid_t) -> [pid_t] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
      return names.compactMap { pid_t($0) }.filter { child in
        let path = "/proc/\(child)/stat"
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return false }
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        return fields.count > 1 && fields[1] == "\(pid)"
      }
    }

    @Test("23 failed opens and 23 failed calls are found, and a signal ends it with its report")
    func failures() throws {
      let workload = try Workload("opens", "23", "open", "/no/such/file", "0", "0")
      let process = try start(
        ["--json", "--duration", "600", "files", "calls", "processes"],
        until: ["opensnoop", "syscount"])
      let children = Self.children(of: process.pid)
      #expect(children.count == 6)
      try workload.run()
      process.signal(SIGINT)
      let result = try result(of: process)
      #expect(result.end == .exited(0), "\(result.errors)")
      let rows = try result.rows()
      let opens = try #require(rows.first { $0["tool"] == "opensnoop" && $0["type"] == "finding" })
      let entry = rows.first { $0["tool"] == "opensnoop" && $0["key"] == "workload" }
      #expect(entry?["value"] == 23, "\(result.text)")
      #expect(opens["see"] == "opensnoop -x")
      #expect(rows.contains { $0["tool"] == "syscount" && $0["type"] == "finding" })
      #expect(rows.filter { $0["type"] == "tool" }.count == 6)
      #expect(children.allSatisfy { kill($0, 0) != 0 })
    }

    @Test("all sections are in the text and in the page, with histograms and a flame graph")
    func whole() throws {
      let scratch = try Scratch()
      let page = try scratch.file("page.html")
      let process = try Subprocess(
        [Executable.path("firstlook"), "--duration", "1", "--html", page])
      let result = try result(of: process)
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.lines.count < 70)
      #expect(result.lines.allSatisfy { $0.unicodeScalars.count <= 80 })
      for name in ["cpu", "waits", "disks", "files", "sockets", "memory", "calls", "processes"] {
        #expect(result.lines.contains { $0.hasPrefix(name + " ") }, "no section \(name)")
      }
      // The tools themselves are no finding.
      #expect(!result.text.contains("symbols ") && !result.text.contains("opensnoop 1"))
      let html = try String(contentsOfFile: page, encoding: .utf8)
      #expect(html.contains("<caption>") && html.contains("data:image/svg+xml;base64,"))
      #expect(!html.contains("http://") && !html.contains("https://"))
    }
  }
}
