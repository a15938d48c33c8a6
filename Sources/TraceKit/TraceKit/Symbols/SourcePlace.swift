/// A line of a program's source.
public struct SourcePlace: Hashable, Sendable {
  public let file: String
  /// 0 where it is not known.
  public let line: UInt32

  /// The file without its folders, and the line.
  var text: String {
    let name = file.split(separator: "/").last ?? ""
    return line == 0 ? String(name) : "\(name):\(line)"
  }
}

/// A function that is at an address by the debug information of a file.
struct SourceFrame {
  /// The linker's; nil for the function that others are inlined in.
  let name: String?
  let place: SourcePlace?
}

extension SourceFrame {
  /// What the reader says of some addresses, as far as it is of the form that `reader.c` has.
  static func all(of addresses: Int, in body: [UInt8]) -> [[SourceFrame]] {
    var rest = body[...]
    var all: [[SourceFrame]] = []
    func number() -> UInt32? {
      guard rest.count >= 4 else { return nil }
      defer { rest = rest.dropFirst(4) }
      return rest.prefix(4).withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }
    }
    func text() -> String? {
      guard let length = number(), Int(length) <= rest.count else { return nil }
      defer { rest = rest.dropFirst(Int(length)) }
      return String(decoding: rest.prefix(Int(length)), as: UTF8.self)
    }
    while all.count < addresses, let count = number(), count <= 64 {
      var frames: [SourceFrame] = []
      for _ in 0..<count {
        guard let line = number(), let name = text(), let file = text() else { return all }
        frames.append(
          SourceFrame(
            name: name.isEmpty ? nil : name,
            place: file.isEmpty ? nil : SourcePlace(file: file, line: line)))
      }
      all.append(frames)
    }
    return all
  }
}
