import CLibdw
import Glibc

/// An executable or a library that processes have mapped.
final class MappedFile {
  /// What its name ends in, which is what a person sees.
  let name: String
  private let path: String
  private let descriptor: Int32
  private var image: symbol_image?
  private var symbols: FileSymbols?
  private var isRead = false

  /// - Parameter descriptor: the file, which it closes; -1 where it cannot be read.
  init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
    name = String(path.split(separator: "/").last ?? "")
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// The address that the file itself gives to what lies at an offset; the offset
  /// where it says nothing.
  func address(of offset: UInt64) -> UInt64 {
    guard let image = head() else { return offset }
    return withUnsafeBytes(of: image.segments) { bytes in
      let segments = bytes.bindMemory(to: symbol_segment.self).prefix(Int(image.segment_count))
      // What the kernel maps begins and ends with a page.
      let page: UInt64 = 4095
      for segment in segments {
        let start = segment.offset & ~page
        let end = (segment.offset + segment.size + page) & ~page
        if offset >= start, offset < end { return offset &- segment.offset &+ segment.address }
      }
      return offset
    }
  }

  /// The function at an address of the file, by the linker's name.
  func function(at address: UInt64, known: inout [[UInt8]: FileSymbols]) -> String? {
    if !isRead {
      isRead = true
      read(&known)
    }
    return symbols?.function(at: address)
  }

  private func head() -> symbol_image? {
    if let image { return image }
    var found = symbol_image()
    guard descriptor >= 0, symbols_image(descriptor, &found) else { return nil }
    image = found
    return found
  }

  private func read(_ known: inout [[UInt8]: FileSymbols]) {
    guard let image = head() else { return }
    let buildID = withUnsafeBytes(of: image.build_id) { Array($0.prefix(Int(image.build_id_size))) }
    if !buildID.isEmpty, let symbols = known[buildID] {
      self.symbols = symbols
      return
    }
    symbols = FileSymbols(descriptor: descriptor, path: path)
    if !buildID.isEmpty { known[buildID] = symbols }
  }
}

/// The functions of one file, which all copies of it share.
final class FileSymbols {
  private let table: OpaquePointer

  /// Nil where it has none.
  init?(descriptor: Int32, path: String) {
    guard let table = symbols_read(descriptor, path) else { return nil }
    self.table = table
  }

  deinit {
    symbols_free(table)
  }

  func function(at address: UInt64) -> String? {
    var distance: UInt64 = 0
    return symbols_find(table, address, &distance).map { String(cString: $0) }
  }
}
