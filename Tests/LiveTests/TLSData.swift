import Foundation
import Testing
import TraceKit

extension Live {
  /// sslsniff shows each of 23 messages, byte for byte.
  @Suite(.enabled(if: !Plan.offered("sslsniff").isEmpty, "the kernel has no uprobes"))
  struct TLSData {
    private func trace(
      _ arguments: [String], _ options: [String] = ["-p", "@"], number: Int = 23
    ) throws -> (rows: [Row], result: RunResult, pid: Int) {
      let workload = try Workload(["talks", "\(number)"] + arguments)
      let named = options.map { $0.replacingOccurrences(of: "@", with: "\(workload.pid)") }
      let run = try TracedRun("sslsniff", named + ["--json"])
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      return (try result.rows().filter { $0["pid"] == workload.pid }, result, workload.pid)
    }

    private let messages = (1...23).map { "message \($0)\n" }

    private func data(_ rows: [Row], _ function: String) -> [String] {
      rows.filter { $0["function"] == function }.map { $0["data"] ?? "" }
    }

    @Test(
      "23 messages are 23 rows with their bytes, whichever function it is",
      arguments: [
        ("write", "write"), ("read", "read"), ("write_ex", "write"), ("read_ex", "read"),
        ("wrapped", "read"), ("jumps", "read"),
      ])
    func each(_ how: String, _ function: String) throws {
      let (rows, result, _) = try trace([how])
      #expect(rows.map { $0["data"] ?? "" } == messages)
      #expect(rows.allSatisfy { $0["function"] == function && $0["library"] == "openssl" })
      #expect(rows.allSatisfy { $0["length"] == ($0["data"] ?? "").utf8.count })
      #expect(rows.allSatisfy { $0.number("latency_ms") >= 0 && $0["cut_bytes"] == 0 })
      let summary = try result.summary()
      #expect(summary["seen"] == 23 && summary["lost"] == 0)
    }

    @Test("calls that fail are not shown, and one in another of other bytes is")
    func nested() throws {
      #expect(try trace(["fails"]).rows.isEmpty)
      let rows = try trace(["tunnel"]).rows
      #expect(rows.count == 46)
      #expect(
        rows.enumerated().allSatisfy { index, row in
          row["data"] == (index % 2 == 0 ? messages[index / 2] : "outer")
        })
    }

    @Test(
      "of 10,000 bytes as many are shown as were asked for, and it is told",
      arguments: [(8192, []), (10_000, ["--max-buffer-size", "16384"])]
        + [0, 1, 255, 256, 257, 2048, 2049, 9999].map { ($0, ["--max-buffer-size", "\($0)"]) })
    func cut(_ shown: Int, _ options: [String]) throws {
      let (rows, result, _) = try trace(["long"], ["-p", "@"] + options)
      #expect(rows.count == 23)
      #expect(rows.allSatisfy { $0["data"] == String(repeating: "x", count: shown) })
      #expect(rows.allSatisfy { $0["length"] == 10_000 && $0["cut_bytes"] == 10_000 - shown })
      #expect(try result.summary()["truncated"] == (shown < 10_000 ? 23 : 0))
    }

    @Test("bytes that are no text are kept")
    func bytes() throws {
      let rows = try trace(["bytes"]).rows
      #expect(rows.count == 23)
      let all = Data((0...255).map { UInt8($0) }).base64EncodedString()
      #expect(rows.allSatisfy { $0["data_base64"] == all })
    }

    @Test(
      "real libraries: 23 messages are 23 writes and 23 reads",
      arguments: ["openssl", "openssl_ex", "gnutls", "nss"])
    func libraries(_ how: String) throws {
      let library = String(how.prefix { $0 != "_" })
      do {
        let rows = try trace([how]).rows.filter { $0["library"] == library }
        // NSPR has no sessions, so its functions are of any file.
        #expect(data(rows, "write") == messages)
        #expect(data(rows, "read") == messages)
      } catch let error as LiveError {
        guard !error.description.contains("failed: ") || Self.has(library) else { return }
        throw error
      }
    }

    private static func has(_ library: String) -> Bool {
      let names = ["openssl": "libssl.so.3", "gnutls": "libgnutls.so.30", "nss": "libnspr4.so"]
      return ["x86_64", "aarch64"].contains {
        File.exists("/usr/lib/\($0)-linux-gnu/\(names[library] ?? "")")
      }
    }

    @Test("handshakes are shown on request", .enabled(if: has("openssl"), "there is no OpenSSL"))
    func handshakes() throws {
      let rows = try trace(["openssl"], ["-p", "@", "-l", "--handshake"]).rows
      let handshakes = rows.filter { $0["function"] == "handshake" }
      #expect(handshakes.count >= 2)
      #expect(handshakes.allSatisfy { $0.values["data"] is NSNull })
      #expect(handshakes.contains { $0.number("latency_ms") > 0 })
      #expect(data(rows, "write") == messages)
      #expect(try trace(["openssl"], ["-p", "@", "-l"]).rows.count == 46)
    }

    static let python = "/usr/bin/python3"

    /// Python's ssl, which calls SSL_read_ex and SSL_write_ex from 3.10 on.
    private static let script = """
      import ssl, sys
      def context(protocol):
          made = ssl.SSLContext(protocol)
          made.check_hostname = False
          made.verify_mode = ssl.CERT_NONE
          made.maximum_version = ssl.TLSVersion.TLSv1_2
          made.set_ciphers("aNULL:@SECLEVEL=0")
          return made
      up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
      near = context(ssl.PROTOCOL_TLS_CLIENT).wrap_bio(down, up)
      far = context(ssl.PROTOCOL_TLS_SERVER).wrap_bio(up, down, server_side=True)
      print("ready python", flush=True)
      sys.stdin.readline()
      left = {near, far}
      while left:
          for end in list(left):
              try:
                  end.do_handshake()
                  left.remove(end)
              except ssl.SSLWantReadError:
                  pass
      for number in range(1, 24):
          near.write(b"message %d\\n" % number)
          assert far.read(1024) == b"message %d\\n" % number
      """

    @Test(
      "what Python writes and reads is shown",
      .enabled(if: File.exists(python) && has("openssl"), "there is no Python with OpenSSL 3"))
    func throughPython() throws {
      let workload = try Workload(["-c", Self.script], program: Self.python)
      let run = try TracedRun("sslsniff", ["-p", "\(workload.pid)", "--json"])
      try workload.run()
      let rows = try run.stop().rows()
      #expect(data(rows, "write") == messages)
      #expect(data(rows, "read") == messages)
    }

    @Test("filters let their own through, and keep others out", .alone)
    func filters() throws {
      for options in [
        ["-c", "workload"], ["-u", "0"], ["-p", "1,@"], ["-g", "-n", "-p", "@"],
        ["-o", "-p", "@", "--extra-lib", "openssl:\(Executable.path("workload"))"],
        ["-o", "-g", "-n", "--extra-lib", "openssl:\(Executable.path("workload"))"],
      ] {
        #expect(try trace([], options).rows.count == 23, "\(options)")
      }
      for options in [["-c", "workloads"], ["-u", "65533"], ["-o", "-p", "@"]] {
        #expect(try trace([], options).rows.isEmpty, "\(options)")
      }
    }

    @Test("a program that starts while the tool runs is traced too", .alone)
    func later() throws {
      let root = try Scratch()
      let copy = try root.copy(of: Executable.path("workload"), as: "workload")
      let run = try TracedRun("sslsniff")
      let workload = try Workload(["talks", "23"], program: copy)
      try waitFor("the new program to be probed") {
        run.process.errors.text.contains("also attached to \(copy)")
      }
      try workload.run()
      let result = try run.stop()
      #expect(try result.rows().filter { $0["pid"] == workload.pid }.count == 23)
      #expect(result.leftInKernel == "")
    }

    @Test("the table has the columns of bcc's tool, and the data below each row")
    func table() throws {
      let workload = try Workload("talks", "23")
      let run = try TracedRun("sslsniff", ["-p", "\(workload.pid)"])
      try workload.run()
      let lines = try run.stop().lines
      #expect(
        lines.first?.split(separator: " ") == ["FUNC", "TIME(s)", "COMM", "PID", "LEN"])
      #expect(lines.count == 1 + 23 * 4)
      #expect(lines[1].hasPrefix("WRITE/SEND "))
      #expect(
        lines.suffix(3) == ["----- DATA -----", "  message 23", "----- END DATA -----"])
    }

    @Test("data can be shown in hexadecimal, with user, thread and duration")
    func hexadecimal() throws {
      let workload = try Workload("talks", "23")
      let run = try TracedRun(
        "sslsniff", ["-p", "\(workload.pid)", "-xl", "--hexdump", "--max-buffer-size", "7"])
      try workload.run()
      let lines = try run.stop().lines
      let headings = ["FUNC", "TIME(s)", "COMM", "PID", "LEN", "UID", "TID", "LAT(ms)"]
      #expect(lines.first?.split(separator: " ").map(String.init) == headings)
      #expect(lines[3] == "  6d657373616765")
      #expect(lines[4] == "----- END DATA (TRUNCATED, 3 bytes lost) -----")
    }
  }
}
