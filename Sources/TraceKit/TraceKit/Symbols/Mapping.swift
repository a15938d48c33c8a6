import Glibc

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
  ///
  /// - Parameter line: without its newline. A process can have a million of them, so what
  ///   is not needed is not copied.
  init?(_ line: UnsafeRawBufferPointer) {
    var rest = line[...]
    guard let start = Self.number(&rest, until: UInt8(ascii: "-")),
      let end = Self.number(&rest, until: UInt8(ascii: " ")),
      rest.count > 5, rest[rest.startIndex + 2] == UInt8(ascii: "x"),
      rest[rest.startIndex + 4] == UInt8(ascii: " ")
    else { return nil }
    rest = rest.dropFirst(5)
    guard let offset = Self.number(&rest, until: UInt8(ascii: " ")),
      let device = rest.firstIndex(of: UInt8(ascii: " "))
    else { return nil }
    self.start = start
    self.end = end
    self.offset = offset
    let inode = rest[(device + 1)...].firstIndex(of: UInt8(ascii: " ")) ?? rest.endIndex
    file = String(decoding: rest[..<inode], as: UTF8.self)
    path = String(decoding: rest[inode...].drop { $0 == UInt8(ascii: " ") }, as: UTF8.self)
  }

  /// A hexadecimal number, with what ends it.
  private static func number(
    _ text: inout Slice<UnsafeRawBufferPointer>, until end: UInt8
  ) -> UInt64? {
    var value: UInt64 = 0
    var count = 0
    for byte in text {
      count += 1
      if byte == end {
        text = text.dropFirst(count)
        return count > 1 ? value : nil
      }
      let digit = byte < 0x3a ? byte &- 0x30 : (byte | 0x20) &- 0x57
      guard digit < 16, count <= 16 else { return nil }
      value = value << 4 | UInt64(digit)
    }
    return nil
  }

  /// Memory that a compiler at run time may have filled; that of .NET maps it twice.
  var isAnonymous: Bool {
    path.isEmpty || path.hasPrefix("[anon") || path.hasPrefix("//anon")
      || path.hasPrefix("/memfd:doublemapper")
  }
  var isVDSO: Bool { path == "[vdso]" }
  var isFile: Bool { path.hasPrefix("/") && !path.hasPrefix("//") }

  /// Without what the kernel appends to the name of a file that is gone.
  var filePath: String {
    let mark = " (deleted)"
    return path.hasSuffix(mark) ? String(path.dropLast(mark.count)) : path
  }

  var fileName: Substring { filePath.split(separator: "/").last ?? "" }

  /// What the kernel calls it among the mapped files of its process.
  var range: String { String(start, radix: 16) + "-" + String(end, radix: 16) }

  /// That of the file.
  var device: Substring { file.prefix { $0 != " " } }

  /// Reads those of a process, the lower addresses first.
  ///
  /// - Parameters:
  ///   - path: its maps file.
  ///   - most: how many to read.
  ///   - seconds: for how long to read; a process can have a million mappings.
  /// - Returns: nil where the file cannot be read, with errno.
  static func all(in path: String, atMost most: Int, seconds: Double) -> [Mapping]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    let end = EventClock.now + UInt64(seconds * 1e9)
    var mappings: [Mapping] = []
    var block = [UInt8](repeating: 0, count: 64 * 1024)
    var kept = 0
    return block.withUnsafeMutableBytes { block in
      while mappings.count < most, EventClock.now < end {
        let count = read(descriptor, block.baseAddress! + kept, block.count - kept)
        if count < 0 { return nil }
        if count == 0 { break }
        let whole = UnsafeRawBufferPointer(rebasing: block[..<(kept + count)])
        var start = 0
        while let newline = whole[start...].firstIndex(of: 0x0a) {
          if let mapping = Mapping(UnsafeRawBufferPointer(rebasing: whole[start..<newline])),
            mappings.count < most
          {
            mappings.append(mapping)
          }
          start = newline + 1
        }
        kept = whole.count - start
        // A line has a path of a page at most.
        guard kept < block.count else { return mappings }
        memmove(block.baseAddress!, block.baseAddress! + start, kept)
      }
      return mappings
    }
  }
}
