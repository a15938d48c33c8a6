extension OutputBuffer {
  /// Text between tags, or in an attribute: controls made visible, as in a table, and
  /// then what has a meaning in XML.
  public func append(xml text: String) {
    let safe = OutputBuffer(capacity: 128)
    safe.append(escaped: text)
    safe.withBytes { bytes in
      for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
        switch scalar {
        case "&": append("&amp;")
        case "<": append("&lt;")
        case ">": append("&gt;")
        case "\"": append("&quot;")
        case "\u{fffe}", "\u{ffff}": append("\u{fffd}")
        default: append(String(scalar))
        }
      }
    }
  }

  /// The same as a text of its own.
  static func xml(_ text: String) -> String {
    let out = OutputBuffer(capacity: 128)
    out.append(xml: text)
    return out.withBytes { String(decoding: $0, as: UTF8.self) }
  }
}
