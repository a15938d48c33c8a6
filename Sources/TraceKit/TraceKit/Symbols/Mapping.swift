/// A part of a process's memory that holds code, as a line of its maps file has it.
struct Mapping: Hashable {
  let start: UInt64
  let end: UInt64
  let offset: UInt64
  /// Device and number of the file.
  let file: String
  /// Empty for memory of no file; in brackets for what the kernel gives.
  let path: String

  /// Nil where the line is of another form, or of memory without code.
  init?(line: Substring) {
    let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
    guard fields.count >= 5, fields[1].dropFirst(2).first == "x" else { return nil }
    let range = fields[0].split(separator: "-")
    guard range.count == 2, let start = UInt64(range[0], radix: 16),
      let end = UInt64(range[1], radix: 16), let offset = UInt64(fields[2], radix: 16)
    else { return nil }
    self.start = start
    self.end = end
    self.offset = offset
    file = "\(fields[3]) \(fields[4])"
    path = fields.count > 5 ? String(fields[5].drop { $0 == " " }) : ""
  }

  /// Memory that a compiler at run time may have filled.
  var isAnonymous: Bool { path.isEmpty || path.hasPrefix("[anon") || path.hasPrefix("//anon") }
  var isVDSO: Bool { path == "[vdso]" }
  var isFile: Bool { path.hasPrefix("/") && !path.hasPrefix("//") }

  /// Without what the kernel appends to the name of a file that is gone.
  var filePath: String {
    let mark = " (deleted)"
    return path.hasSuffix(mark) ? String(path.dropLast(mark.count)) : path
  }
}
