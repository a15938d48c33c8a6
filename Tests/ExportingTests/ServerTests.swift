import NIOCore
import NIOPosix
import Testing
import TraceKit

@testable import Exporting

/// The server, and clients that are not what they should be.
@Suite struct ServerTests {
  private func serve(
    _ limits: MetricsServer.Limits = .init(), _ body: (String, Registry) throws -> Void
  ) throws {
    let metrics = registry(
      try .of("t", "events", ["comm": "key"]), [#"{"type":"e","comm":"a"}"#])
    let server = MetricsServer(
      metrics, on: MultiThreadedEventLoopGroup(numberOfThreads: 1), limits: limits)
    let url = try server.start(at: .address("127.0.0.1", port: 0))
    defer { server.stop() }
    try body(url, metrics)
  }

  private static func get(_ path: String, _ headers: String = "") -> String {
    "GET \(path) HTTP/1.1\r\nHost: x\r\n\(headers)Connection: close\r\n\r\n"
  }

  @Test func `metrics are there in both formats`() throws {
    try serve { url, _ in
      let plain = try Client(url).send(Self.get("/metrics?x=1")).rest()
      #expect(plain.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(plain.contains("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"))
      #expect(plain.contains("\nbpf_tools_t_events_total{comm=\"a\"} 1\n"))
      let open = try Client(url).send(
        Self.get("/metrics", "Accept: application/openmetrics-text;version=1.0.0\r\n")
      ).rest()
      #expect(open.contains("Content-Type: application/openmetrics-text; version=1.0.0"))
      #expect(open.hasSuffix("# EOF\n"))
    }
  }

  @Test(arguments: [
    ("GET /other HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 404 "),
    (
      "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
      "HTTP/1.1 405 "
    ),
    ("HEAD /metrics HTTP/1.0\r\n\r\n", "HTTP/1.0 200 "),
    ("GET / HTTP/1.0\r\n\r\n", "HTTP/1.0 200 "),
    ("nonsense\r\n\r\n", "HTTP/1.1 400 "),
  ])
  func `other requests have an answer`(request: String, expected: String) throws {
    try serve { url, _ in
      let answer = try Client(url).send(request).rest()
      #expect(answer.hasPrefix(expected), "\(answer)")
      if request.hasPrefix("HEAD") { #expect(answer.hasSuffix("\r\n\r\n")) }
    }
  }

  @Test func `a connection serves several requests`() throws {
    try serve { url, metrics in
      let one = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
      let answers = try Client(url).send(one).send(one).send(Self.get("/metrics")).rest()
      #expect(answers.split(separator: "HTTP/1.1 200 OK").count == 3)
      #expect(
        metrics.lines("bpf_tools_exporter_scrapes_total") == [
          "bpf_tools_exporter_scrapes_total 3"
        ])
    }
  }

  @Test func `a request that is too long ends its connection`() throws {
    try serve { url, _ in
      let endless = String(repeating: "X-Header: value\r\n", count: 2000)
      let long = try Client(url).send("GET / HTTP/1.1\r\n" + endless).rest()
      #expect(!long.contains("200 OK"))
      let body = String(repeating: "x", count: 20_000)
      let posted = "GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + body
      let answer = try Client(url).send(posted).rest()
      #expect(!answer.contains("200 OK"))
    }
  }

  @Test func `a client that says nothing, or says it slowly, is not waited for`() throws {
    var limits = MetricsServer.Limits()
    limits.patience = .milliseconds(50)
    try serve(limits) { url, _ in
      #expect(try Client(url).rest() == "")
      let answer = try Client(url).send("GET /metrics HTTP/1.1\r\nHost:").rest()
      #expect(!answer.contains("200 OK"))
    }
  }

  @Test func `an idle connection is closed`() throws {
    var limits = MetricsServer.Limits()
    limits.idleness = .milliseconds(50)
    try serve(limits) { url, _ in
      let answer = try Client(url).send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").rest()
      #expect(answer.hasPrefix("HTTP/1.1 200 OK"))
    }
  }

  @Test func `connections past the limit are closed and counted`() throws {
    var limits = MetricsServer.Limits()
    limits.connections = 2
    try serve(limits) { url, metrics in
      let held = try [Client(url), Client(url)]
      #expect(try Client(url).rest() == "")
      #expect(
        metrics.lines("bpf_tools_exporter_refused_connections_total") == [
          "bpf_tools_exporter_refused_connections_total 1"
        ])
      #expect(held.last?.send(Self.get("/metrics")).rest().contains("200 OK") == true)
    }
  }

  @Test func `a socket in the file system is gone with the server`() throws {
    let metrics = Registry()
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let path = "/tmp/exporting-\(OwnProcess.id).sock"
    for _ in 0..<2 {
      let server = MetricsServer(metrics, on: group)
      #expect(try server.start(at: .path(path)) == "unix:\(path)")
      #expect(File.exists(path))
      server.stop()
      #expect(!File.exists(path))
    }
  }
}
