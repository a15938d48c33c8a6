import Testing

@testable import TraceKit

@Suite struct FlagNameTests {
  private let names = FlagNames([(0x30, "BOTH"), (0x10, "ONE"), (0x20, "TWO"), (1, "LAST")])

  @Test(arguments: [
    (0, "0x0"), (1, "LAST"), (0x11, "ONE|LAST"), (0x30, "BOTH"), (0x20, "TWO"),
    (0x104, "0x104"), (0x8021, "TWO|LAST|0x8000"), (UInt64.max, "BOTH|LAST|0xffffffffffffffce"),
  ])
  func `bits are named, and what has no name is a number`(value: UInt64, expected: String) {
    #expect(names.text(value) == expected)
  }
}
