import BPFObjects
import TraceKit

extension Cell {
  /// The path of a file in its file system; nothing where none is known.
  ///
  /// - Parameter words: what a table has then.
  func path(_ path: inode_path, orWords words: String) {
    withUnsafeBytes(of: path.names) { names in
      let names = names.prefix(Int(path.size)).split(separator: 0)
      if names.isEmpty { return none(words: words) }
      var full: [UInt8] = path.cut != 0 ? Array("...".utf8) : []
      for name in names.reversed() {
        full.append(UInt8(ascii: "/"))
        full.append(contentsOf: name)
      }
      full.withUnsafeBytes { text($0) }
    }
  }
}
