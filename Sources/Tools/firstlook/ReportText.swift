import TraceKit

/// The report for a terminal of 80 columns.
extension Report {
  private static let width = 80
  private static let margin = 10

  func writeText(to out: OutputBuffer) {
    write([heading + ", marked with !"], at: "", indent: 0, to: out)
    for section in look.sections {
      var label = section.name
      for finding in findings where finding.section == section.name {
        let sign = finding.isUnusual ? "! " : "  "
        write(Self.parts(of: finding), at: label, sign: sign, indent: Self.margin + 2, to: out)
        label = ""
      }
    }
    var label = "missing"
    for remark in remarks {
      write([remark], at: label, sign: "  ", indent: Self.margin + 2, to: out)
      label = ""
    }
  }

  /// What a line says, where the last parts stay whole.
  private static func parts(of finding: Finding) -> [String] {
    guard !finding.isNothing else { return [finding.text] }
    return [finding.text + ";", "unusual: \(finding.limit);", "see \(finding.closer)"]
  }

  /// Writes a paragraph, whose parts begin a new line rather than being broken.
  private func write(
    _ parts: [String], at label: String, sign: String = "", indent: Int, to out: OutputBuffer
  ) {
    out.append(label)
    out.append(spaces: max(indent - label.count - sign.count, 0))
    out.append(sign)
    var column = indent
    var isFirst = true
    for part in parts {
      let part = Self.escaped(part)
      let isShort = part.unicodeScalars.count <= Self.width - indent
      let words = isShort && !isFirst ? [part[...]] : part.split(separator: " ")
      for word in words {
        for piece in Self.pieces(of: word, atMost: Self.width - indent) {
          if !isFirst, column + 1 + piece.unicodeScalars.count > Self.width {
            out.append("\n")
            out.append(spaces: indent)
            column = indent
          } else if !isFirst {
            out.append(" ")
            column += 1
          }
          out.append(piece)
          column += piece.unicodeScalars.count
          isFirst = false
        }
      }
    }
    out.append("\n")
  }

  private static func pieces(of word: Substring, atMost limit: Int) -> [String] {
    var rest = word.unicodeScalars[...]
    var pieces: [String] = []
    while rest.count > limit {
      pieces.append(String(String.UnicodeScalarView(rest.prefix(limit))))
      rest = rest.dropFirst(limit)
    }
    pieces.append(String(String.UnicodeScalarView(rest)))
    return pieces
  }

  private static func escaped(_ text: String) -> String {
    let out = OutputBuffer(capacity: 256)
    out.append(escaped: text)
    return out.withBytes { String(decoding: $0, as: UTF8.self) }
  }
}
