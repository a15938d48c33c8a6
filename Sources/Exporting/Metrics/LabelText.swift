import TraceKit

/// The texts of labels.
enum LabelText {
  /// Longer values are cut, which bounds what a process can put into memory and pages.
  static let limit = 128
  /// The value of all labels of rows that have no label set of their own.
  static let other = "other"

  static func text(_ value: JSONRecord.Value?) -> String {
    switch value {
    case .text(let text): cut(text)
    case .number(let number): number.metricText
    case .truth(let truth): truth ? "true" : "false"
    case .texts(let texts): cut(texts.prefix(limit).joined(separator: " "))
    case .buckets, nil: ""
    }
  }

  static func cut(_ text: String) -> String {
    guard text.utf8.count > limit else { return text }
    var length = 0
    let scalars = text.unicodeScalars.prefix { scalar in
      length += UTF8.width(scalar)
      return length <= limit
    }
    return String(String.UnicodeScalarView(scalars))
  }

  /// A name that Prometheus allows, of one that a tool uses.
  static func name(_ text: String) -> String {
    let plain = text.unicodeScalars.map { scalar -> Character in
      let isPlain =
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
      return isPlain ? Character(scalar) : "_"
    }
    return plain.first?.isNumber == true ? "_" + String(plain) : String(plain)
  }
}

extension Double {
  /// As both formats of Prometheus have numbers: a whole one without a point.
  var metricText: String {
    if self == .infinity { return "+Inf" }
    if let whole = Int64(exactly: self), magnitude < 1e15 { return "\(whole)" }
    return isNaN ? "NaN" : "\(self)"
  }
}
