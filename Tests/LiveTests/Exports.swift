import Foundation
import Glibc
import Testing
import TraceKit

extension Live {
  /// Metrics of tools at work, as Prometheus and a receiver of OTLP see them.
  @Suite(.enabled(if: File.exists("/usr/bin/prometheus"), "there is no Prometheus"))
  struct Exports {
    /// An exporter, and where it serves.
    private struct Served {
      let process: Subprocess
      let url: String

      init(_ command: [String]) throws {
        let process = try Subprocess([Executable.path(command[0])] + command.dropFirst())
        try waitFor("the exporter to listen") {
          process.poll() != nil || process.errors.text.contains("/metrics\n")
        }
        let text = process.errors.text
        guard let start = text.firstRange(of: "http://"),
          let end = text[start.lowerBound...].firstIndex(of: "\n")
        else { throw LiveError("no address in: \(text)") }
        self.process = process
        url = String(text[start.lowerBound..<end])
      }

      func get() throws -> String {
        let client = try Subprocess(["/usr/bin/curl", "-sS", "-m", "10", url])
        guard try client.wait() == .exited(0) else { throw LiveError(client.errors.text) }
        return client.output.text
      }

      /// Waits until a line is among the metrics.
      func await(_ line: String) throws {
        try waitFor("the metric \(line)") {
          process.poll() != nil || (try? get().contains("\n\(line)\n")) == true
        }
      }

      func stop() throws -> Subprocess.End {
        process.signal(SIGTERM)
        return try process.wait()
      }
    }

    private static func listening(_ tool: String, _ arguments: String...) -> [String] {
      [tool, "--listen", "127.0.0.1:0"] + arguments
    }

    private static func running(_ text: String) throws -> Bool {
      let processes = try Subprocess(["/usr/bin/pgrep", "-f", text])
      return try processes.wait() == .exited(0)
    }

    @Test("Prometheus scrapes 23 opens, and promtool has nothing to say of the metrics")
    func scraped() throws {
      let workload = try Workload("opens", "23", "open", "/no/such/file", "0", "0")
      let served = try Served(
        Self.listening("opensnoop", "-p", "\(workload.pid)", "--columns", "comm,err,path"))
      try served.await(#"bpf_tools_up{tool="opensnoop"} 1"#)
      try served.await(#"bpf_tools_seen_events_total{tool="opensnoop"} 0"#)
      try workload.run()
      let labels = #"{comm="workload",err="2",path="/no/such/file"}"#
      try served.await("bpf_tools_opensnoop_events_total\(labels) 23")
      #expect(try self.promtool(served.get()) == "")
      let scratch = try Scratch()
      let target = try #require(URL(string: served.url)?.port)
      let prometheus = try Prometheus(scratch, target: target)
      let query = #"bpf_tools_opensnoop_events_total{err="2"}"#
      try waitFor("Prometheus to have 23") {
        (try? prometheus.value(query)) == "23"
      }
      #expect(try prometheus.value("up") == "1")
      #expect(try served.stop() == .exited(0), "\(served.process.errors.text)")
    }

    private func promtool(_ metrics: String) throws -> String {
      let scratch = try Scratch()
      let file = try scratch.file("metrics")
      try metrics.write(toFile: file, atomically: true, encoding: .utf8)
      let check = try Subprocess(["/bin/sh", "-c", "exec promtool check metrics <\"$0\"", file])
      _ = try check.wait()
      return check.output.text + check.errors.text
    }

    @Test("a list of tools has one endpoint, a tool that is killed runs again, and none is left")
    func listed() throws {
      let scratch = try Scratch()
      let mark = "c\(getpid())"
      let file = try scratch.file("tools.conf")
      try """
      # Two of one tool
      opensnoop --comm '\(mark)'
      opensnoop -x --comm '\(mark)'
      cachestat   # and another

      """.write(toFile: file, atomically: true, encoding: .utf8)
      let served = try Served([
        "tracing-exporter", "--listen", "127.0.0.1:0", "--interval", "0.2", "--config", file,
      ])
      try served.await(#"bpf_tools_up{tool="cachestat",command_line=""} 1"#)
      let ran = #"bpf_tools_up{tool="opensnoop",command_line="opensnoop -x --comm \#(mark)"} 1"#
      try served.await(ran)
      #expect(try self.promtool(served.get()) == "")
      _ = try Subprocess(["/usr/bin/pkill", "-KILL", "-f", "opensnoop.*-x --comm \(mark)"]).wait()
      try served.await(ran.replacing("_up{", with: "_restarts_total{"))
      try served.await(ran)
      #expect(try served.stop() == .exited(0), "\(served.process.errors.text)")
      #expect(try !Self.running("opensnoop.*--comm \(mark)"))
    }

    @Test("dashboards name no metric that there is not")
    func dashboards() throws {
      let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "dashboards")
      let files = try FileManager.default.contentsOfDirectory(
        at: root, includingPropertiesForKeys: nil)
      var expressions: [String] = []
      for file in files {
        let json = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
        let panels = try #require(json?["panels"] as? [[String: Any]])
        for panel in panels {
          let targets = try #require(panel["targets"] as? [[String: Any]])
          expressions += targets.compactMap { $0["expr"] as? String }
        }
      }
      let names = Set(
        expressions.flatMap { $0.matches(of: /bpf_tools_\w+/).map { String($0.output) } })
      #expect(files.count == 4 && names.count > 10)
      let scratch = try Scratch()
      let file = try scratch.file("tools.conf")
      try """
      biolatency -D
      bitesize
      cachestat
      dropsnoop
      execsnoop
      opensnoop
      runqlat
      runqlen
      tcpretrans
      tcprtt

      """.write(toFile: file, atomically: true, encoding: .utf8)
      let served = try Served(["tracing-exporter", "--listen", "127.0.0.1:0", "--config", file])
      let metrics = try served.get()
      for name in names {
        let family = name.replacing(/_(bucket|count|sum)$/, with: "")
        #expect(metrics.contains("\n# TYPE \(family) "), "\(name)")
      }
      #expect(try served.stop() == .exited(0), "\(served.process.errors.text)")
    }

    @Test("a killed exporter leaves no tool")
    func killed() throws {
      let mark = "k\(getpid())"
      let served = try Served(Self.listening("opensnoop", "--comm", mark))
      try served.await(#"bpf_tools_up{tool="opensnoop"} 1"#)
      served.process.signal(SIGKILL)
      _ = try served.process.wait()
      try waitFor("the tool to end") { (try? Self.running("opensnoop.*--comm \(mark)")) == false }
    }

    @Test("a receiver of OTLP gets 23 opens as logs and as a sum")
    func sent() throws {
      let workload = try Workload("opens", "23", "open", "/no/such/file", "0", "0")
      let receiver = try Subprocess(["/usr/bin/python3", "-u", "-c", Self.receiver])
      try waitFor("the receiver") { receiver.output.text.contains("\n") }
      let port = receiver.output.text.prefix { $0 != "\n" }
      let tool = try Subprocess([
        Executable.path("tracing-exporter"), "--otlp", "http://127.0.0.1:\(port)", "--interval",
        "1", "--listen", "127.0.0.1:0", "--", "opensnoop", "-p", "\(workload.pid)",
      ])
      try waitFor("the first metrics") { receiver.output.text.contains("/v1/metrics") }
      try waitFor("the tool to attach") { receiver.output.text.contains("bpf_tools_up 1.0") }
      try workload.run()
      try waitFor("23 logs") {
        receiver.output.text.split(separator: "\n").count { $0 == "log /no/such/file" } >= 23
      }
      tool.signal(SIGTERM)
      #expect(try tool.wait() == .exited(0), "\(tool.errors.text)")
      let lines = receiver.output.text.split(separator: "\n")
      #expect(lines.count { $0 == "log /no/such/file" } == 23)
      // The first request of each kind was answered with 503.
      #expect(lines.contains("503 /v1/logs") && lines.contains("200 /v1/logs"))
      #expect(
        lines.last { $0.hasPrefix("bpf_tools_opensnoop_events ") }?.hasSuffix(" 23.0") == true)
    }

    /// Reads metrics and logs without a library: it walks through the fields that it needs.
    private static let receiver = """
      import http.server, struct
      def fields(data):
        place = 0
        def varint():
          nonlocal place
          value = shift = 0
          while True:
            byte = data[place]; place += 1
            value |= (byte & 127) << shift; shift += 7
            if byte < 128: return value
        while place < len(data):
          key = varint()
          if key & 7 == 0: yield key >> 3, varint()
          elif key & 7 == 1: yield key >> 3, data[place:place + 8]; place += 8
          else:
            assert key & 7 == 2
            size = varint(); yield key >> 3, data[place:place + size]; place += size
      def at(data, *path):
        found = [data]
        for number in path: found = [v for d in found for n, v in fields(d) if n == number]
        return found
      seen = set()
      class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_): pass
        def do_POST(self):
          assert self.headers['Content-Type'] == 'application/x-protobuf'
          data = self.rfile.read(int(self.headers['Content-Length']))
          status = 200 if self.path in seen else 503
          seen.add(self.path)
          print(status, self.path)
          if status == 200 and self.path == '/v1/logs':
            for log in at(data, 1, 2, 2):
              for key in at(log, 6):
                if at(key, 1) == [b'path']: print('log', at(key, 2, 1)[0].decode())
          if status == 200 and self.path == '/v1/metrics':
            for metric in at(data, 1, 2, 2):
              for point in at(metric, 5, 1) + at(metric, 7, 1):
                print(at(metric, 1)[0].decode(), struct.unpack('<d', at(point, 4)[0])[0])
          self.send_response(status)
          if status == 503: self.send_header('Retry-After', '0')
          self.send_header('Content-Length', '0')
          self.end_headers()
      server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
      print(server.server_port)
      server.serve_forever()
      """
  }
}

/// A Prometheus of its own, with one target.
private struct Prometheus {
  private let process: Subprocess
  private let address: String

  init(_ scratch: Scratch, target: Int) throws {
    // Nothing else has this port while the kernel gives it to nobody.
    let port = try Self.freePort()
    address = "127.0.0.1:\(port)"
    let file = try scratch.file("prometheus.yml")
    try """
    global: { scrape_interval: 1s, scrape_timeout: 1s }
    scrape_configs:
      - job_name: test
        static_configs: [{ targets: ['127.0.0.1:\(target)'] }]

    """.write(toFile: file, atomically: true, encoding: .utf8)
    process = try Subprocess([
      "/usr/bin/prometheus", "--config.file=\(file)", "--web.listen-address=\(address)",
      "--storage.tsdb.path=\(scratch.path)/data", "--log.level=error",
    ])
  }

  private static func freePort() throws -> UInt16 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) + getsockname(descriptor, $0, &size)
      }
    }
    guard status == 0 else { throw LiveError("there is no free port") }
    return UInt16(bigEndian: address.sin_port)
  }

  /// The value of a query with one result; nil where there is none.
  func value(_ query: String) throws -> String? {
    let client = try Subprocess([
      "/usr/bin/curl", "-sS", "-m", "10", "-G", "http://\(address)/api/v1/query",
      "--data-urlencode", "query=\(query)",
    ])
    guard try client.wait() == .exited(0) else { return nil }
    let json = try JSONSerialization.jsonObject(with: client.output.data) as? [String: Any]
    let results = (json?["data"] as? [String: Any])?["result"] as? [[String: Any]]
    return (results?.first?["value"] as? [Any])?.last as? String
  }
}
