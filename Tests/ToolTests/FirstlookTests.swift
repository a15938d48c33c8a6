import Foundation
import Glibc
import Testing

/// firstlook beside programs that tell what the tools could.
@Suite struct FirstlookTests {
  /// A folder with firstlook and scripts in the place of tools.
  private struct Folder {
    let path = NSTemporaryDirectory() + "firstlook-\(UUID().uuidString)"

    /// - Parameter tools: what each tool is to do, in the shell's language.
    init(_ tools: [String: String]) throws {
      let files = FileManager.default
      try files.createDirectory(atPath: path, withIntermediateDirectories: true)
      let library = "libTraceKit.so"
      if files.fileExists(atPath: "\(Repository.built)/\(library)") {
        try files.createSymbolicLink(
          atPath: "\(path)/\(library)", withDestinationPath: "\(Repository.built)/\(library)")
      }
      try files.copyItem(atPath: "\(Repository.built)/firstlook", toPath: "\(path)/firstlook")
      for (name, script) in tools {
        let file = "\(path)/\(name)"
        try "#!/bin/sh\n\(script)\n".write(toFile: file, atomically: true, encoding: .utf8)
        try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
      }
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    func look(_ arguments: [String], through prefix: [String] = []) throws -> Finished {
      try run("firstlook", ["--duration", "1"] + arguments, from: path, through: prefix)
    }

    /// The records of a kind.
    func records(_ type: String, _ arguments: [String]) throws -> [[String: Any]] {
      let result = try look(["--json"] + arguments)
      return try result.output.split(separator: "\n").compactMap { line in
        let record = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        return record?["type"] as? String == type ? record : nil
      }
    }
  }

  /// A script that prints a line so often.
  private static func printing(_ line: String, _ count: Int) -> String {
    "yes '\(line)' | head -n \(count)"
  }

  private static let open = #"{"type":"open","pid":1,"comm":"reader","err":2,"path":"/x"}"#

  @Test(arguments: [
    ["nosuch"], ["--format", "xml"], ["--duration", "0"], ["--html"],
    ["--json", "--format", "csv"],
  ])
  func `is refused in one line`(arguments: [String]) throws {
    let result = try run("firstlook", arguments)
    #expect(result.status == 64 && result.output == "")
    #expect(result.errorLines.count == 1 && result.errors.hasPrefix("firstlook: "))
  }

  @Test func `a page that cannot be written is an error at once`() throws {
    let result = try run("firstlook", ["--html", "/no/such/page.html"])
    #expect(result.status == 1 && result.errors.contains("/no/such/page.html"))
  }

  @Test func `what passes a limit is unusual, and what does not is usual`() throws {
    for (count, isUnusual) in [(23, true), (10, false), (0, false)] {
      let folder = try Folder(["opensnoop": Self.printing(Self.open, count)])
      defer { folder.remove() }
      let findings = try folder.records("finding", ["files"])
      try #require(findings.count == 1)
      #expect(findings[0]["value"] as? Double == Double(count))
      #expect(findings[0]["unusual"] as? Bool == isUnusual)
      #expect(findings[0]["see"] as? String == "opensnoop -x")
      #expect(findings[0]["limit"] as? String == "more than 10 a second")
    }
  }

  @Test func `histograms and hits are compared with their limits`() throws {
    let disk = #"{"type":"histogram","disk":"vda","count":23,"p50":7,"p99":40000,"max":50000,"#
    let folder = try Folder([
      "biolatency": "echo '\(disk)\"buckets\":[{\"low\":4,\"high\":7,\"count\":23}]}'",
      "cachestat": #"echo '{"type":"cache","hits":70,"misses":30}'"#,
    ])
    defer { folder.remove() }
    let findings = try folder.records("finding", ["disks", "files"])
    #expect(findings.map { $0["value"] as? Double } == [40_000, 70])
    #expect(findings.allSatisfy { $0["unusual"] as? Bool == true })
    let histograms = try folder.records("histogram", ["disks"])
    #expect(histograms.map { $0["label"] as? String } == ["vda"])
    let text = try folder.look(["disks"]).output
    #expect(text.contains("! I/O of vda: 23; half up to 7 us, p99 40 ms, longest 50 ms;"))
  }

  @Test func `a tool that does not run is a line with its reason`() throws {
    let folder = try Folder([
      "tcplife": "echo 'tcplife: no such hook' >&2; exit 69",
      "tcpretrans": "echo '{\"type\":\"retransmission\",\"remote\":\"x\",\"segments\":3}'",
    ])
    defer { folder.remove() }
    let result = try folder.look(["sockets"])
    #expect(result.status == 0)
    #expect(result.output.contains("tcplife did not run to the end: no such hook\n"))
    #expect(result.output.contains("tcpconnect, dropsnoop did not run to the end: it does not"))
    #expect(result.output.contains("! TCP retransmissions: 3, 3 a second; most: x 3;"))
  }

  @Test(arguments: [(69, 69), (77, 77), (1, 69)])
  func `where no tool runs, the status says it`(status: Int, expected: Int32) throws {
    let folder = try Folder(["oomkill": "exit \(status)"])
    defer { folder.remove() }
    let result = try folder.look(["memory"])
    #expect(result.status == expected)
    #expect(result.output.contains("oomkill did not run to the end"))
  }

  @Test func `too many lines, too long ones and no JSON are left out and counted`() throws {
    let folder = try Folder([
      "opensnoop": Self.printing(Self.open, 200_023),
      "fsslower": "head -c 2000000 /dev/zero | tr '\\0' x; echo; echo '{'; echo '[]'; echo '{}'",
    ])
    defer { folder.remove() }
    let tools = try folder.records("tool", ["files"])
    func leftOut(_ name: String) -> Int? {
      tools.first { $0["tool"] as? String == name }?["left_out"] as? Int
    }
    #expect(leftOut("opensnoop") == 23)
    #expect(leftOut("fsslower") == 3)
  }

  @Test func `texts of processes reach neither the terminal nor the page as they are`() throws {
    let name = #"<script>x()</script>\u001b[2J\u202e\"'&"# + String(repeating: "w", count: 300)
    let row = #"{"type":"operation","comm":"\#(name)"}"#
    let folder = try Folder(["fsslower": "cat <<'END'\n\(row)\nEND", "profile": "exit 1"])
    defer { folder.remove() }
    let page = folder.path + "/page.html"
    let result = try folder.look(["--html", page, "files"])
    #expect(result.status == 0)
    #expect(result.output.contains("<script>x()</script>\\x1b[2J\\u202e"))
    #expect(!result.output.contains("\u{1b}") && !result.output.contains("\u{202e}"))
    #expect(result.output.split(separator: "\n").allSatisfy { $0.unicodeScalars.count <= 80 })
    let html = try String(contentsOfFile: page, encoding: .utf8)
    #expect(html.contains("&lt;script&gt;x()&lt;/script&gt;\\x1b[2J\\u202e"))
    #expect(!html.contains("<script>") && !html.contains("\u{1b}"))
  }

  @Test func `a flame graph is put into the page`() throws {
    let folder = try Folder([
      "profile": #"printf '<svg/>' >&3; echo '{"type":"stack","comm":"a","count":1}'"#
    ])
    defer { folder.remove() }
    let page = folder.path + "/page.html"
    #expect(try folder.look(["--html", page, "cpu"]).status == 0)
    let html = try String(contentsOfFile: page, encoding: .utf8)
    #expect(html.contains("data:image/svg+xml;base64,PHN2Zy8+\""))
  }

  @Test(arguments: ["INT", "KILL"])
  func `no tool outlives it`(signal: String) throws {
    let folder = try Folder(["oomkill": "echo $$ >pid.new; mv pid.new pid; exec sleep 1000"])
    defer { folder.remove() }
    // The signal comes when the tool is there.
    let script = """
      cd "$1" && { ./firstlook --duration 600 memory & } && look=$!
      until [ -e pid ]; do sleep 0.01; done
      kill -\(signal) $look; wait $look; echo "status $?"
      runs() { grep -qs '^State:.[^Z]' "/proc/$(cat pid)/status"; }
      for try in $(seq 500); do runs || break; sleep 0.01; done
      runs && echo left; true
      """
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/timeout")
    process.arguments = ["-s", "KILL", "20", "/bin/bash", "-mc", script, "bash", folder.path]
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(!text.contains("left"))
    #expect(text.contains(signal == "KILL" ? "status 137" : "oomkill did not run"))
  }
}
