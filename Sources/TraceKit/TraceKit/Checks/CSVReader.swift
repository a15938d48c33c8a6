/// Reads CSV after RFC 4180, as the tools write it.
enum CSVReader {
  /// The fields of each line.
  ///
  /// - Returns: nil where a quoted field or the last line has no end.
  static func read(_ bytes: [UInt8]) -> [[String]]? {
    let (quote, comma, feed) = (UInt8(ascii: "\""), UInt8(ascii: ","), UInt8(ascii: "\n"))
    var lines: [[String]] = []
    var (line, field, isQuoted): ([String], [UInt8], Bool) = ([], [], false)
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if byte == quote {
        // A quote twice is one, and does not end the field.
        if isQuoted, index < bytes.count, bytes[index] == quote {
          field.append(quote)
          index += 1
        } else {
          isQuoted.toggle()
        }
      } else if !isQuoted, byte == comma || byte == feed {
        line.append(String(decoding: field, as: UTF8.self))
        field.removeAll()
        guard byte == feed else { continue }
        lines.append(line)
        line.removeAll()
      } else {
        field.append(byte)
      }
    }
    return isQuoted || !field.isEmpty || !line.isEmpty ? nil : lines
  }
}
