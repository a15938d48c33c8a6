import BPFObjects
import TraceKit

/// The path of an open as it is shown: with the directory that it starts from
/// in front where that was asked for, and a mark where it was cut.
enum OpenedPath {
  static func write(_ record: borrowing Record<opensnoop_event>, to cell: borrowing Cell) {
    let isCut = record.event.cut != 0
    record.withTexts(record.event.path_size, record.event.base_size) { path, base in
      guard !path.isEmpty else { return cell.none(table: "?") }
      let name = UnsafeRawBufferPointer(start: path.baseAddress, count: path.count - 1)
      guard isCut || !base.isEmpty else { return cell.text(name) }
      var full: [UInt8] = []
      // The outermost name is the last one; each is ended by a NUL.
      var end = base.count
      while end > 0 {
        let start = (base[..<(end - 1)].lastIndex(of: 0) ?? -1) + 1
        full.append(UInt8(ascii: "/"))
        for index in start..<(end - 1) { full.append(base[index]) }
        end = start
      }
      if !base.isEmpty { full.append(UInt8(ascii: "/")) }
      full.append(contentsOf: name)
      if isCut { full.append(contentsOf: "...".utf8) }
      full.withUnsafeBytes { cell.text($0) }
    }
  }
}
