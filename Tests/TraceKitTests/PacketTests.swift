import Testing

@testable import TraceKit

@Suite struct DNSMessageTests {
  /// A response with a question and these answers.
  private func message(
    flags: UInt16 = 0x8180, question: [UInt8], answers: [[UInt8]] = [], count: Int? = nil
  ) -> DNSMessage? {
    var bytes: [UInt8] = [0, 1, UInt8(flags >> 8), UInt8(truncatingIfNeeded: flags), 0, 1]
    bytes += [0, UInt8(count ?? answers.count), 0, 0, 0, 0] + question + answers.joined()
    return bytes.withUnsafeBytes { DNSMessage($0) }
  }

  private static let name: [UInt8] = [3] + "www".utf8 + [7] + "example".utf8 + [0, 0, 1, 0, 1]
  private static let address: [UInt8] = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 192, 0, 2, 1]

  @Test func `question, code and answers are read`() throws {
    let mail: [UInt8] = [0xc0, 12, 0, 15, 0, 1, 0, 0, 0, 1, 0, 4, 0, 5, 0xc0, 16]
    let alias: [UInt8] = [0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 1, 0, 4, 1, 0x77, 0xc0, 16]
    let found = try #require(message(question: Self.name, answers: [alias, mail, Self.address]))
    #expect(found.question == Array("www.example".utf8) && found.type == 1)
    #expect(found.code == 0 && found.isResponse && !found.isTruncated && !found.hasMore)
    #expect(found.answers.map(\.type) == [5, 15, 1])
    #expect(
      found.answers.map { String(decoding: $0.text, as: UTF8.self) } == [
        "w.example", "MX", "192.0.2.1",
      ])
  }

  @Test func `what is left out or cut is said to be more`() throws {
    let cut = try #require(message(question: Self.name, answers: [Self.address], count: 2))
    #expect(cut.answers.count == 1 && cut.hasMore)
    let many = Array(repeating: Self.address, count: 65)
    let long = try #require(message(question: Self.name, answers: many))
    #expect(long.answers.count == 64 && long.hasMore)
    let truncated = try #require(message(flags: 0x8380, question: Self.name))
    #expect(truncated.isTruncated)
  }

  @Test func `a label cannot pass for two`() throws {
    let label: [UInt8] = [5] + #"a.b\c"#.utf8 + [0, 0, 1, 0, 1]
    #expect(message(question: label)?.question == Array(#"a\.b\\c"#.utf8))
  }

  private static let refused: [[UInt8]] = [
    [0xc0, 12, 0, 1, 0, 1], [0xc0, 40, 0, 1, 0, 1], [0x40, 1, 0, 0, 1, 0, 1], [3, 0x77],
    [UInt8](repeating: 1, count: 256) + [0, 0, 1, 0, 1],
  ]

  @Test(arguments: refused)
  func `loops, pointers ahead and names too long are refused`(question: [UInt8]) {
    #expect(message(question: question) == nil)
  }

  @Test func `a name is below its domains, in either case`() throws {
    let found = try #require(message(question: Self.name))
    for (domain, isBelow) in [
      ("example", true), ("WWW.Example", true), ("ww.example", false), ("w.example", false),
      ("a.www.example", false), ("", false),
    ] {
      #expect(found.isBelow(Array(domain.utf8)) == isBelow, "\(domain)")
    }
  }

  @Test func `types have names and numbers`() throws {
    #expect(DNSMessage.name(ofType: 28) == "AAAA" && DNSMessage.name(ofType: 999) == "TYPE999")
    #expect(try DNSMessage.type(named: "https") == 65)
    #expect(try DNSMessage.type(named: "TYPE999") == 999)
    #expect(throws: (any Error).self) { try DNSMessage.type(named: "nosuch") }
    #expect(DNSMessage.name(ofCode: 3) == "NXDOMAIN" && DNSMessage.name(ofCode: 15) == "RCODE15")
  }
}

@Suite struct PacketTests {
  @Test func `counters are found by their group and name`() {
    let text = """
      TcpExt: SyncookiesSent ListenOverflows ListenDrops
      TcpExt: 0 23 42
      IpExt: InNoRoutes ListenDrops
      IpExt: 1 2

      """
    #expect(
      NetworkCounters.values(of: ["TcpExtListenDrops", "TcpExtListenOverflows"], in: text) == [
        42, 23,
      ])
    #expect(NetworkCounters.values(of: ["IpExtListenDrops", "IpExtNone"], in: text) == [2])
    #expect(NetworkCounters.values(of: ["TcpExtListenDrops"], in: "TcpExt: ListenDrops\n") == [])
  }

  @Test func `protocols are named above the Internet Protocol and above the link`() throws {
    let udp = try PacketProtocol("UDP"), arp = try PacketProtocol("arp")
    #expect(udp.ip == 17 && udp.link == 0 && arp.ip == 0 && arp.link == 0x0806)
    #expect(try PacketProtocol("253").ip == 253)
    for text in ["0", "256", "nosuch", ""] {
      #expect(throws: (any Error).self) { try PacketProtocol(text) }
    }
  }
}
