/// Bytes that a traced process may choose. What once went wrong is added here
/// and stays.
package enum Corpus {
  /// Of these the random texts are made; a text that fails is found again with
  /// its seed.
  package static let seeds: [UInt64] = [1, 23, 0xdead_beef, 0x5eed_0000_0001, .max]

  package static let fixed: [[UInt8]] = [
    [],
    Array("/etc/passwd".utf8),
    Array("a\\nb".utf8),
    Array("line\nbreak\r\n\ttab".utf8),
    Array("\u{1b}[2J\u{1b}]0;title\u{07}".utf8),
    Array("quote \" and 'single', comma".utf8),
    Array("\"".utf8), Array("\"\"".utf8), Array(",".utf8), Array("\r".utf8), Array("\n".utf8),
    Array("=1+1".utf8),
    Array("user\u{202e}gnp.exe".utf8),
    Array("\u{2066}isolate\u{2069}\u{200f}\u{061c}".utf8),
    Array("zero\u{200b}width\u{feff}\u{2060}".utf8),
    Array("tags \u{e0001}\u{e0061}\u{e007f}0".utf8),
    Array("private use \u{e000}1".utf8),
    Array("\u{2028}\u{2029}\u{85}\u{9b}31m".utf8),
    Array("größe 大きさ 🦀 e\u{301}".utf8),
    Array("\u{fffd} is a character too".utf8),
    [0xff], [0xfe, 0xff], [0xc0, 0x80], [0xc1, 0xbf], [0xe0, 0x80, 0x80], [0xed, 0xa0, 0x80],
    [0xed, 0xbf, 0xbf], [0xf0, 0x80, 0x80, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80],
    [0xf0, 0x9f, 0xa6], [0xe2, 0x80], [0xc3], [0x80], [0xbf, 0xc3, 0xa9], [0xf0, 0x9f, 0x41],
    [0x61, 0xe2, 0x28, 0xa1], [0xef, 0xbf, 0xbe], [0xf4, 0x8f, 0xbf, 0xbf],
    [0, 1, 2, 0x7f, 0x80, 0x9f, 0xa0],
  ]

  /// Each byte alone, between letters, and after the start of a character.
  package static var everyByte: [[UInt8]] {
    (UInt8.min...UInt8.max).flatMap { byte -> [[UInt8]] in
      [
        [byte], [0x61, byte, 0x62], [0xc3, byte], [0xe2, 0x80, byte], [0xf0, 0x9f, 0xa6, byte],
        [byte, 0x80], [byte, 0xbf, 0x80],
      ]
    }
  }

  /// Texts that a seed chooses.
  package static func random(seed: UInt64) -> [[UInt8]] {
    var numbers = SeededNumbers(seed: seed)
    return (0..<500).map { _ in random(&numbers) }
  }

  /// Pieces of the fixed texts and random bytes, one after the other.
  package static func random(_ numbers: inout SeededNumbers) -> [UInt8] {
    var text: [UInt8] = []
    for _ in 0..<Int.random(in: 1...6, using: &numbers) {
      if Bool.random(using: &numbers) {
        let whole = fixed[Int.random(in: 0..<fixed.count, using: &numbers)]
        text += whole.prefix(Int.random(in: 0...whole.count, using: &numbers))
      } else {
        for _ in 0..<Int.random(in: 0...8, using: &numbers) {
          text.append(UInt8.random(in: .min ... .max, using: &numbers))
        }
      }
    }
    return text
  }

  package static var all: [[UInt8]] { fixed + everyByte + seeds.flatMap(random(seed:)) }
}
