import Testing

@testable import TraceKit

struct NameTests {
  @Test func `signals have the names of the header, and real-time ones count on`() throws {
    #expect(SignalNames.name(of: 9) == "SIGKILL")
    #expect(SignalNames.name(of: 34) == "SIGRTMIN")
    #expect(SignalNames.name(of: 64) == "SIGRTMIN+30")
    for number in [0, -1, 32, 33, 65, Int64.max] { #expect(SignalNames.name(of: number) == nil) }
    #expect(SignalNames.description(of: 9) == "Killed")
    #expect(try SignalNames.numbers(of: "0,9,SIGTERM,hup,rtmin+1,64") == [0, 9, 15, 1, 35, 64])
    for text in ["", "65", "NOSUCH", "9,", "-1", "SIG"] {
      #expect(throws: (any Error).self) { try SignalNames.numbers(of: text) }
    }
  }

  @Test func `address families have their names, and unknown ones their number`() {
    #expect(SystemNames.addressFamily(2) == "INET")
    #expect(SystemNames.addressFamily(10) == "INET6")
    #expect(SystemNames.addressFamily(77) == "77")
  }

  @Test func `the flags of a request read from the outermost to the operation`() {
    #expect(RequestFlags.text(0) == "Read")
    #expect(RequestFlags.text(1 | 1 << 11) == "Sync-Write")
    #expect(RequestFlags.text(1 << 19 | 1 << 12) == "ReadAhead-Metadata-Read")
    #expect(RequestFlags.text(200) == "Operation-200")
  }

  @Test func `the letters of a request are those of the kernel's tracepoints`() {
    #expect(RequestFlags.letters(0) == "R")
    #expect(RequestFlags.letters(1 | 1 << 11) == "WS")
    #expect(RequestFlags.letters(1 | 1 << 11 | 1 << 17 | 1 << 18) == "FWFS")
    #expect(RequestFlags.letters(2 | 1 << 18) == "FF")
    #expect(RequestFlags.letters(1 << 19 | 1 << 12) == "RAM")
    #expect(RequestFlags.letters(200) == "N")
  }

  @Test func `an answer of DNS gives its addresses the name that was asked for`() {
    // IPv4 and UDP headers, then an answer with a CNAME and an address.
    var packet: [UInt8] = [0x45] + [UInt8](repeating: 0, count: 27)
    packet += [1, 2, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0]
    packet += [3] + "www".utf8 + [7] + "example".utf8 + [0, 0, 1, 0, 1]
    packet += [0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 1, 0, 6, 3] + "web".utf8 + [0xc0, 12]
    packet += [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 2]
    let answers = DNSAnswers(recorded: ())
    packet.withUnsafeBytes { answers.read($0) }
    #expect(answers.name(of: [127, 0, 0, 2]) == Array("www.example".utf8))
    #expect(answers.name(of: [127, 0, 0, 3]) == nil)
    for length in 0..<packet.count {
      // Each cut is read without a crash.
      packet.prefix(length).withUnsafeBytes { answers.read($0) }
    }
  }

  @Test func `a DNS name that points to itself is refused`() {
    var packet: [UInt8] = [0x45] + [UInt8](repeating: 0, count: 27)
    packet += [1, 2, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1]
    #expect(packet.withUnsafeBytes { DNSMessage(inPacket: $0) } == nil)
  }
}
