import BPF
import Glibc

/// The descriptors of a process that are of no file system, such as those of BPF programs.
struct AnonymousFiles {
  /// A descriptor and what the kernel calls it, such as `bpf-map`.
  struct Descriptor {
    let number: Int32
    let name: String
    /// The task in whose folder of proc it stands.
    let task: UInt32
    fileprivate let folder: String

    /// A number that proc tells of it, such as `map_id`.
    func number(_ key: String) -> UInt32? {
      guard let text = AnonymousFiles.beginning(of: "\(folder)/fdinfo/\(number)") else {
        return nil
      }
      return AnonymousFiles.number(key, in: text)
    }
  }

  enum Outcome {
    case read
    /// There are more than are read.
    case cut
    /// This user may not.
    case refused
    case ended
  }

  /// As many as a process can have where an administrator did not raise `fs.nr_open`.
  static let limit = 1 << 20

  /// Those of a process. A main thread that has ended has none, while others still use them.
  static func forEach(of pid: UInt32, _ body: (Descriptor) -> Void) -> Outcome {
    let process = "/proc/\(pid)"
    var count = 0
    var outcome = forEach(in: process, of: pid, &count, body)
    guard count == 0, outcome != .refused else { return outcome }
    for task in File.subdirectories(of: process + "/task").compactMap({ UInt32($0) })
    where task != pid && count == 0 {
      outcome = forEach(in: "\(process)/task/\(task)", of: task, &count, body)
    }
    return outcome
  }

  /// - Parameter count: of all descriptors, also those that are of files.
  private static func forEach(
    in folder: String, of task: UInt32, _ count: inout Int, _ body: (Descriptor) -> Void
  ) -> Outcome {
    guard let stream = opendir(folder + "/fd") else {
      return ErrorNumber.current == .accessDenied || ErrorNumber.current == .notPermitted
        ? .refused : .ended
    }
    defer { closedir(stream) }
    let directory = dirfd(stream)
    var room = [UInt8](repeating: 0, count: 64)
    while let entry = readdir(stream) {
      guard entry.pointee.d_type == UInt8(DT_LNK) else { continue }
      guard count < limit else { return .cut }
      count += 1
      let (number, length) = withUnsafeBytes(of: &entry.pointee.d_name) { name in
        let name = name.baseAddress!.assumingMemoryBound(to: CChar.self)
        let length = room.withUnsafeMutableBytes { room in
          readlinkat(directory, name, room.baseAddress!, room.count)
        }
        return (atoi(name), length)
      }
      guard length > prefix.count, room.starts(with: prefix) else { continue }
      let name = String(decoding: room[prefix.count..<length], as: UTF8.self)
      body(Descriptor(number: number, name: name, task: task, folder: folder))
    }
    return .read
  }

  /// No name of a file begins so: those have a path or a kind and a number in brackets.
  private static let prefix = Array("anon_inode:".utf8)

  /// What a file of proc begins with: for links of many places there are many lines.
  static func beginning(of path: String) -> String? {
    File.beginning(of: path, atMost: 1024).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The number after a key and a colon, in the first line that has it.
  static func number(_ key: String, in text: String) -> UInt32? {
    for line in text.split(separator: "\n") where line.hasPrefix(key + ":") {
      return UInt32(line.dropFirst(key.count + 1).drop { $0 == "\t" || $0 == " " })
    }
    return nil
  }
}
