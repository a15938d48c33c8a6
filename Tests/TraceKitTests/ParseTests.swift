import Testing

@testable import TraceKit

@Suite struct ParseTests {
  private static let noNumbers = [
    "", " ", "abc", "-1", "99999999999999", "12abc", "abc12", "1 ", " 1", "+1", "1.5", "0x10",
    "1_000", "\u{661}", "18446744073709551616", "-99999999999999999999",
  ]

  private func reason(_ body: () throws -> Void) throws -> String {
    let reason = try #require(throws: Parse.Reason.self) { try body() }
    #expect(!reason.description.isEmpty && !reason.description.contains("\n"))
    return reason.description
  }

  @Test(arguments: noNumbers + ["0", "4194305"])
  func `a process id is refused`(text: String) throws {
    #expect(
      try reason { _ = try Parse.pid(text) }
        == "a process or thread ID must be a whole number from 1 to 4194304")
  }

  @Test func `a process id is taken up to the kernel's greatest`() throws {
    #expect(try Parse.pid("1") == 1)
    #expect(try Parse.pid("4194304") == 4_194_304)
    #expect(try Parse.pid("007") == 7)
  }

  @Test(arguments: [",", "1,", ",1", "1,,2", "1, 2", "1,abc", "1,0", "1;2", ""])
  func `a list of processes with one bad item is refused`(text: String) throws {
    #expect(try reason { _ = try Parse.pids(text) }.hasPrefix("a process or thread ID must be"))
  }

  @Test func `a list of processes keeps its order`() throws {
    #expect(try Parse.pids("23") == [23])
    #expect(try Parse.pids("3,1,2") == [3, 1, 2])
  }

  @Test(arguments: noNumbers + ["0", "65536"])
  func `a port is refused`(text: String) throws {
    #expect(
      try reason { _ = try Parse.port(text) } == "a port must be a whole number from 1 to 65535")
    #expect(try reason { _ = try Parse.ports("80,\(text)") }.hasPrefix("a port must be"))
  }

  @Test func `ports are taken up to the last`() throws {
    #expect(try Parse.ports("1,65535,443") == [1, 65535, 443])
  }

  @Test(arguments: noNumbers.filter { $0 != "18446744073709551616" } + ["0"])
  func `a count is refused`(text: String) throws {
    // Here the fourteen nines are a number like any other.
    if text == "99999999999999" {
      #expect(try Parse.count(text) == 99_999_999_999_999)
    } else {
      #expect(
        try reason { _ = try Parse.count(text) }.hasPrefix("a count must be a whole number from 1"))
    }
  }

  @Test(arguments: [
    "", "abc", "-1", "0", "0.0", "00", ".", "1..2", "1.2.3", "12abc", "1e3", "inf", "nan", "0x1p3",
    " 1", "1000000001", "99999999999999",
  ])
  func `seconds are refused`(text: String) throws {
    #expect(
      try reason { _ = try Parse.seconds(text) }
        == "a number of seconds must be more than 0 and at most 1000000000")
  }

  @Test func `seconds may have a fraction`() throws {
    #expect(try Parse.seconds("1") == 1)
    #expect(try Parse.seconds("0.25") == 0.25)
    #expect(try Parse.seconds(".5") == 0.5)
    #expect(try Parse.seconds("1000000000") == 1e9)
  }

  @Test(arguments: ["", "K", "abc", "-1", "-4K", "0", "0K", "1.5M", "4KK", "4T", "12abc", "4 K"])
  func `a size is refused`(text: String) throws {
    #expect(try reason { _ = try Parse.bytes(text) }.hasPrefix("a size in bytes (K, M, G) must be"))
  }

  @Test(arguments: ["1", "4095", "3K", "2G", "1073741825", "1025M", "1048577K", "1099511627776G"])
  func `a size out of bounds is refused, also where it overflows`(text: String) throws {
    #expect(try reason { _ = try Parse.bytes(text) } == "a buffer must have 4K to 1G bytes")
  }

  @Test func `a size has a suffix or none`() throws {
    #expect(try Parse.bytes("4096") == 4096)
    #expect(try Parse.bytes("4k") == 4096)
    #expect(try Parse.bytes("64K") == 65536)
    #expect(try Parse.bytes("16M") == 16 << 20)
    #expect(try Parse.bytes("1G") == 1 << 30)
    #expect(try Parse.bytes("1048576K") == 1 << 30)
  }

  @Test func `a ring has the next power of two`() {
    let sizes = [4096: 4096, 4097: 8192, 65536: 65536, 100_000: 131_072, 1 << 30: 1 << 30]
    for (asked, size) in sizes { #expect(RingSize.bytes(asked: asked) == size) }
  }

  @Test(arguments: ["", "-1", "4294967295", "99999999999999", "12abc", "no such user", "-"])
  func `a user is refused`(text: String) throws {
    _ = try reason { _ = try Parse.user(text) }
  }

  @Test func `a user is a number or a name`() throws {
    #expect(try Parse.user("root") == 0)
    #expect(try Parse.user("0") == 0)
    #expect(try Parse.user("4294967294") == 4_294_967_294)
    #expect(try reason { _ = try Parse.user("nosuch") } == "there is no user with that name")
  }

  @Test func `the name of a task has from one to fifteen bytes`() throws {
    #expect(try Parse.comm("x") == "x")
    #expect(try Parse.comm("fifteen-bytes-x") == "fifteen-bytes-x")
    for text in ["", "sixteen-bytes-xx", "grüße-grüße-gr"] + ["🦀🦀🦀🦀"] {
      #expect(try reason { _ = try Parse.comm(text) } == "a command name has 1 to 15 bytes")
    }
  }
}
