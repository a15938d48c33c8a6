import CSystem
import Glibc

/// What a file holds, or nil where it cannot be read.
func contents(_ path: String) -> String? {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { return nil }
  defer { close(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65536)
  while case let count = read(file, &buffer, buffer.count), count > 0 {
    bytes += buffer[..<count]
  }
  return String(decoding: bytes, as: UTF8.self)
}

func write(_ text: String, to path: String) throws(Failure) {
  let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
  guard file >= 0 else { throw Failure("cannot write \(path)") }
  defer { close(file) }
  var bytes = Array(text.utf8)[...]
  while !bytes.isEmpty {
    let count = bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
    guard count > 0 else { throw Failure("cannot write \(path)") }
    bytes = bytes.dropFirst(count)
  }
}

/// The names in a folder.
func names(in folder: String) -> [String] {
  guard let directory = opendir(folder) else { return [] }
  defer { closedir(directory) }
  var names: [String] = []
  while let entry = readdir(directory) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names
}

func target(ofLink path: String) -> String? {
  var buffer = [UInt8](repeating: 0, count: 256)
  let count = buffer.withUnsafeMutableBytes {
    readlink(path, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
  }
  return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
}

func size(of path: String) -> Int {
  var status = stat()
  return stat(path, &status) == 0 ? Int(status.st_size) : 0
}

/// The lines of a file that hold the text; all where it is empty. An output can have
/// hundreds of megabytes.
func countLines(of path: String, with text: String) -> Int {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { return 0 }
  defer { close(file) }
  let size = size(of: path)
  guard size > 0, let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, file, 0), start != MAP_FAILED
  else { return 0 }
  defer { munmap(start, size) }
  let end = start + size
  var (line, count) = (start, 0)
  while line < end {
    let next = memchr(line, 10, end - line).map { $0 + 1 } ?? end
    if text.isEmpty || bench_contains(line, next - line, text) != 0 { count += 1 }
    line = next
  }
  return count
}
