/// The functions that a compiler at run time made, by the file that it writes for
/// perf: a line has an address, a size (both hexadecimal) and a name.
struct PerfMap {
  private struct Function {
    let start: UInt64
    let end: UInt64
    let name: String
  }

  private var functions: [Function] = []

  init(_ bytes: [UInt8]) {
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
      guard fields.count == 3, let start = Self.number(fields[0]),
        let size = Self.number(fields[1])
      else { continue }
      let end = start.addingReportingOverflow(size)
      guard !end.overflow else { continue }
      functions.append(
        Function(
          start: start, end: end.partialValue, name: String(decoding: fields[2], as: UTF8.self)))
    }
    // What was written last to an address is what is there now.
    let order = functions.indices.sorted {
      (functions[$0].start, $0) < (functions[$1].start, $1)
    }
    functions = order.map { functions[$0] }
  }

  private static func number(_ text: ArraySlice<UInt8>) -> UInt64? {
    let digits = text.starts(with: Array("0x".utf8)) ? text.dropFirst(2) : text
    return UInt64(String(decoding: digits, as: UTF8.self), radix: 16)
  }

  func function(at address: UInt64) -> String? {
    var (low, high) = (0, functions.count)
    while low < high {
      let middle = (low + high) / 2
      if functions[middle].start <= address { low = middle + 1 } else { high = middle }
    }
    guard low > 0, address < functions[low - 1].end else { return nil }
    return functions[low - 1].name
  }
}
