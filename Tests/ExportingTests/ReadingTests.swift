import Testing
import TraceKit

@testable import Exporting

/// What users and clients write.
@Suite struct ReadingTests {
  @Test func `a file has a command in each line, with quotes and comments`() throws {
    let text = """
      # Latencies
      biolatency -D   # disks

      opensnoop --columns "comm,err" --comm 'a b#c' d\\ e "f\\"g\\h" ''
      """
    #expect(
      try CommandFile.commands(in: text) == [
        ["biolatency", "-D"],
        ["opensnoop", "--columns", "comm,err", "--comm", "a b#c", "d e", "f\"g\\h", ""],
      ])
  }

  @Test(arguments: [("a\nb 'c", 2), ("a \"b", 1), ("a\\", 1)])
  func `an unended word is reported with its line`(text: String, line: Int) {
    let error = #expect(throws: CommandFile.Malformed.self) {
      try CommandFile.commands(in: text)
    }
    #expect(error?.line == line)
  }

  @Test func `addresses, paths and systemd are endpoints`() {
    #expect(Endpoint("127.0.0.1:9400") == .address("127.0.0.1", port: 9400))
    #expect(Endpoint("[::]:0") == .address("::", port: 0))
    #expect(Endpoint("unix:/run/a:b") == .path("/run/a:b"))
    #expect(Endpoint("systemd") == .systemd)
    for wrong in ["", ":", "9400", "localhost:1", "1.2.3.4:65536", "1.2.3.4:-1", "::1:80", "unix:"]
    {
      #expect(Endpoint(wrong) == nil, "\(wrong)")
    }
  }

  @Test(arguments: [
    ("", false), ("*/*", false), ("text/plain", false),
    (
      "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
        + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", true
    ),
    ("application/openmetrics-text; version=1.0.0; q=0.2, text/plain;q=0.5", false),
    ("application/openmetrics-text;version=2.0.0", false),
  ])
  func `a client gets the format that it prefers`(accept: String, isOpen: Bool) {
    #expect((ExpositionFormat(accept: accept) == .openMetrics) == isOpen)
  }

  @Test func `receivers are http URLs`() throws {
    let receiver = try Receiver("http://[::1]:99/a/b/")
    #expect(receiver.host == "::1" && receiver.port == 99 && receiver.path == "/a/b")
    #expect(receiver.authority == "[::1]:99")
    #expect(try Receiver("http://host").port == 4318)
    for wrong in [
      "https://host", "host:1", "http://", "http://a:b", "http://a b", "http://u@h", "http://h/?a",
      "http://h\r\nX: y", "http://h:0",
    ] {
      #expect(throws: ValidationError.self, "\(wrong)") { try Receiver(wrong) }
    }
  }

  @Test(arguments: [
    ("1970-01-01T00:00:01.5Z", 1_500_000_000), ("2000-02-29T12:00:00Z", 951_825_600_000_000_000),
    ("2026-11-30T08:28:45.563413244Z", 1_796_027_325_563_413_244),
  ])
  func `times of rows are nanoseconds`(text: String, expected: UInt64) {
    #expect(LogRecord.nanoseconds(text) == expected)
  }

  @Test func `a description that is none is refused`() {
    #expect(ToolDescription([]) == nil)
    #expect(ToolDescription(Array("{\"type\":\"run\"}".utf8)) == nil)
    #expect(ToolDescription(Array("Tracing...\n".utf8)) == nil)
  }
}
