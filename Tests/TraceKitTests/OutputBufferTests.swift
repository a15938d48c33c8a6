import Testing

@testable import TraceKit

@Suite struct OutputBufferTests {
  @Test(arguments: [0, 1, 9, 10, 99, 4_294_967_295, Int64.max, -1, -10, Int64.min])
  func `a signed number is written as Swift writes it`(number: Int64) {
    #expect(text { $0.append(number) } == "\(number)")
  }

  @Test(arguments: [0, 7, 8, 255, 256, UInt64.max])
  func `an unsigned number is written in each base`(number: UInt64) {
    for base in 2...16 {
      let expected = String(number, radix: base)
      #expect(text { $0.append(number, base: UInt64(base)) } == expected)
      let filled = String(repeating: "0", count: max(20 - expected.count, 0)) + expected
      #expect(text { $0.append(number, base: UInt64(base), digits: 20) } == filled)
    }
  }

  @Test func `each length of a number is right, with leading zeros or without`() {
    var power: UInt64 = 1
    for _ in 0..<20 {
      for number in [power - 1, power, power + 1] {
        #expect(text { $0.append(number) } == "\(number)")
        let expected = String(repeating: "0", count: 21 - "\(number)".count) + "\(number)"
        #expect(text { $0.append(number, digits: 21) } == expected)
      }
      power = power &* 10
    }
  }

  @Test func `a fraction has exactly its decimals`() {
    #expect(text { $0.append(1234, per: 1000, decimals: 3) } == "1.234")
    #expect(text { $0.append(1004, per: 1000, decimals: 3) } == "1.004")
    #expect(text { $0.append(4, per: 1000, decimals: 3) } == "0.004")
    #expect(text { $0.append(1234, per: 1000, decimals: 0) } == "1")
    #expect(
      text { $0.append(.max, per: 1_000_000_000, decimals: 9) } == "18446744073.709551615")
  }

  @Test func `padding counts characters and not bytes`() {
    for (word, length) in [("", 0), ("ab", 2), ("äöü", 3), ("大きさ", 3), ("🦀", 1)] {
      for alignment in [Alignment.left, .right] {
        let padded = text { out in
          out.append("<")
          let start = out.count
          out.append(word)
          out.pad(from: start, to: 5, alignment: alignment)
          out.append(">")
        }
        let space = String(repeating: " ", count: 5 - length)
        #expect(padded == (alignment == .left ? "<\(word)\(space)>" : "<\(space)\(word)>"))
      }
    }
  }

  @Test func `what is as wide as its column or wider is not padded`() {
    for word in ["abc", "abcd"] {
      let padded = text { out in
        out.append(word)
        out.pad(from: 0, to: 3, alignment: .right)
      }
      #expect(padded == word)
    }
  }

  @Test func `cutting keeps whole characters`() {
    for (word, kept) in [("abcdef", "abc"), ("äöüß", "äöü"), ("a🦀b🦀", "a🦀b"), ("ab", "ab")] {
      let cut = text { out in
        out.append("x")
        out.append(word)
        out.truncate(from: 1, to: 3)
      }
      #expect(cut == "x" + kept)
    }
  }

  @Test func `a buffer grows and keeps its content`() {
    let out = OutputBuffer(capacity: 1)
    var expected: [UInt8] = []
    for number in 0..<10_000 {
      out.append(Int64(number))
      out.append(byte: 0x20)
      out.append(spaces: number % 3)
      expected += Array("\(number) ".utf8) + Array(repeating: 0x20, count: number % 3)
    }
    #expect(out.count == expected.count)
    #expect(out.withBytes { Array($0) } == expected)
    out.removeAll()
    #expect(out.count == 0)
    #expect(out.withBytes { $0.isEmpty })
  }
}
