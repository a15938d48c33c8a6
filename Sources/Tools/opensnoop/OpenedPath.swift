import BPFObjects
import TraceKit

/// The path of an open as it is shown: with the directory that it starts from
/// in front where that was asked for, and a mark where it was cut.
enum OpenedPath {
  static func write(_ record: borrowing Record<opensnoop_event>, to cell: borrowing Cell) {
    let path = Int(record.event.path_size), base = Int(record.event.base_size)
    let isCut = record.event.cut != 0
    record.withTail(count: path + base) { bytes in
      guard path > 0 else { return cell.none(table: "?") }
      let name = UnsafeRawBufferPointer(rebasing: bytes[..<(path - 1)])
      guard isCut || base > 0 else { return cell.text(name) }
      var full: [UInt8] = []
      for directory in bytes[path...].split(separator: 0).reversed() {
        full.append(UInt8(ascii: "/"))
        full.append(contentsOf: directory)
      }
      if base > 0 { full.append(UInt8(ascii: "/")) }
      full.append(contentsOf: name)
      if isCut { full.append(contentsOf: "...".utf8) }
      full.withUnsafeBytes { cell.text($0) }
    }
  }
}
