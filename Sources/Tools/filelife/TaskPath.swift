import BPFObjects
import Glibc
import TraceKit

/// A path as a task gave it, from the root directory of that task.
struct TaskPath {
  private let text: [UInt8]

  fileprivate init(_ text: [UInt8]) {
    self.text = text
  }

  /// Its names, as far as they can be told without looking at links.
  var names: [[UInt8]] {
    var names: [[UInt8]] = []
    for name in text.split(separator: UInt8(ascii: "/")) {
      switch name {
      case [UInt8(ascii: ".")]: break
      case [UInt8(ascii: "."), UInt8(ascii: ".")]: _ = names.popLast()
      default: names.append(Array(name))
      }
    }
    return names
  }

  /// The same, where symbolic links lead now.
  ///
  /// - Parameter isOwnView: whether this process sees the same files by the same paths.
  func resolved(_ isOwnView: Bool) -> [[UInt8]] {
    let slash = UInt8(ascii: "/")
    guard isOwnView, let last = text.lastIndex(where: { $0 != slash }),
      let start = text[...last].lastIndex(of: slash), start > 0
    else { return names }
    let directory = [slash] + text[..<start] + [0]
    let real = directory.withUnsafeBytes { bytes in
      unsafe realpath(bytes.bindMemory(to: CChar.self).baseAddress!, nil)
    }
    guard let real = unsafe real else { return names }
    defer { unsafe free(real) }
    let bytes = unsafe UnsafeRawBufferPointer(start: real, count: strlen(real))
    return TaskPath(Array(bytes) + text[start...last]).names
  }
}

extension Record where Event == name_event {
  /// A path after the fixed part.
  func taskPath(_ path: event_path, from offset: Int = 0) -> TaskPath {
    withTexts(from: offset, path.size, path.base_size) {
      TaskPath($0.upToNUL.asPath(below: $1))
    }
  }
}
