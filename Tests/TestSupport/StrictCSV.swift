/// Reads CSV as RFC 4180 defines it: a quote stands only around a whole field or
/// twice inside of one, a field with a comma, a line break or a quote is quoted.
/// Lines end with LF, as all text of the tools does.
package struct StrictCSV {
  package struct Broken: Error {
    package let place: Int
  }

  package private(set) var records: [[[UInt8]]] = []

  package init(_ bytes: [UInt8]) throws {
    var (index, record): (Int, [[UInt8]]) = (0, [])
    let (quote, comma, feed) = (UInt8(ascii: "\""), UInt8(ascii: ","), UInt8(ascii: "\n"))
    while index < bytes.count {
      var field: [UInt8] = []
      if bytes[index] == quote {
        index += 1
        while true {
          guard index < bytes.count else { throw Broken(place: index) }
          if bytes[index] == quote {
            index += 1
            guard index < bytes.count, bytes[index] == quote else { break }
          }
          field.append(bytes[index])
          index += 1
        }
      } else {
        while index < bytes.count, bytes[index] != comma, bytes[index] != feed {
          guard bytes[index] != quote, bytes[index] != 0x0d else { throw Broken(place: index) }
          field.append(bytes[index])
          index += 1
        }
      }
      record.append(field)
      guard index < bytes.count else { throw Broken(place: index) }
      guard bytes[index] == comma || bytes[index] == feed else { throw Broken(place: index) }
      if bytes[index] == feed {
        records.append(record)
        record = []
      } else if index + 1 < bytes.count, bytes[index + 1] == feed {
        // A comma at the end of a line stands before an empty field.
        record.append([])
        records.append(record)
        record = []
        index += 1
      }
      index += 1
    }
    guard record.isEmpty else { throw Broken(place: index) }
  }
}
