import CLibbpf

/// What libbpf and the verifier said since the last call into them.
enum VerifierLog {
  /// Lines of a verifier log that a person needs: the last ones carry the
  /// reason, and the state before the refused instruction.
  static let usefulLines = 12

  static func reset() {
    shim_log_reset()
  }

  /// The last useful lines, with a count of what was left out.
  static func excerpt() -> String? {
    excerpt(of: unsafe String(cString: shim_log_text()))
  }

  static func excerpt(of text: String) -> String? {
    var lines = text.split(separator: "\n").map { line in
      line.hasPrefix("libbpf: ") ? String(line.dropFirst("libbpf: ".count)) : String(line)
    }
    // Of a long log only the end is kept, and its begin is not there.
    if let end = lines.lastIndex(where: { $0.hasPrefix("-- END PROG LOAD LOG") }) {
      let begin = lines[..<end].lastIndex { $0.contains("-- BEGIN PROG LOAD LOG") }
      lines = Array(lines[(begin.map { $0 + 1 } ?? 0)..<end])
      // The statistics after the reason explain nothing.
      lines.removeAll { $0.hasPrefix("processed ") && $0.contains(" insns ") }
    }
    guard !lines.isEmpty else { return nil }
    let leftOut = lines.count - usefulLines
    guard leftOut > 0 else { return lines.joined(separator: "\n") }
    let shown = lines.suffix(usefulLines).joined(separator: "\n")
    return "(\(leftOut) lines left out)\n" + shown
  }
}
