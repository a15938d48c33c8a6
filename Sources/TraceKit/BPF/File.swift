import Glibc

/// Small files of proc and sysfs, which have no size and are read to their end.
public enum File {
  /// The whole text; nil where the file cannot be read.
  public static func contents(of path: String) -> String? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    let chunk = 64 * 1024
    while true {
      var failed = false
      let old = bytes.count
      bytes.append(contentsOf: repeatElement(0, count: chunk))
      let count = unsafe bytes.withUnsafeMutableBytes {
        unsafe read(descriptor, $0.baseAddress! + old, chunk)
      }
      failed = count < 0
      bytes.removeLast(chunk - max(count, 0))
      if failed { return nil }
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
    }
  }

  public static func exists(_ path: String) -> Bool { failure(toReach: path) == nil }

  /// Why a path leads to no file for this process; nil where it leads to one.
  /// Unlike access(2), it counts the capabilities of a user who is not root.
  public static func failure(toReach path: String) -> ErrorNumber? {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? nil : .current
  }
}
