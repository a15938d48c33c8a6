/// One value that a shell may offer for an option.
struct Candidate: Hashable, Sendable {
  let value: String
  /// What a shell that has room for it shows beside the value.
  let what: String?

  init(_ value: String, _ what: String? = nil) {
    self.value = value
    self.what = what
  }

  /// bash expands a word that it is offered, as if it had been typed: the name of a
  /// container would be run. So values offer only these; others must be typed.
  var isPlain: Bool {
    !value.isEmpty
      && value.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "_-.,:@+/".utf8.contains(byte)
        }
      }
  }

  /// As the completion script of a shell passes it.
  func line(for shell: CompletionShell?) -> String {
    let what = what.map { text in
      String(
        decoding: text.utf8.map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: "?") },
        as: UTF8.self)
    }
    switch shell {
    case .zsh:
      let escaped = value.replacing(":", with: "\\:")
      return what.map { "\(escaped):\($0)" } ?? escaped
    case .fish: return what.map { "\(value)\t\($0)" } ?? value
    default: return value
    }
  }
}

/// How the values of an option are written in one word.
enum CandidateForm {
  /// One value.
  case single
  /// Several, with commas between them.
  case list
  /// As a list, and each may have `+` or `-` in front.
  case changes

  /// The candidates for a word that begins with the typed text.
  func words(_ candidates: [Candidate], after typed: String) -> [Candidate] {
    guard self != .single else { return candidates }
    let items = typed.split(separator: ",", omittingEmptySubsequences: false)
    let before = items.dropLast().map { $0 + "," }.joined()
    var sign = ""
    if self == .changes, let first = items.last?.first, "+-".contains(first) {
      sign = String(first)
    }
    let given = Set(items.dropLast().map { $0.drop { "+-".contains($0) } })
    return candidates.filter { !given.contains($0.value[...]) }
      .map { Candidate(before + sign + $0.value, $0.what) }
  }
}
