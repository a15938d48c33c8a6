import Glibc

/// Files and directories.
public enum File {
  /// The whole text of a small file of proc or sysfs, which has no size and is read
  /// to its end; nil where it cannot be read.
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

  /// What a file of proc or sysfs begins with, as one read has it: some have no end, or are in
  /// the memory of a process. Nil where it cannot be read.
  public static func beginning(of path: String, atMost limit: Int) -> [UInt8]? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: limit)
    let count = unsafe bytes.withUnsafeMutableBytes {
      unsafe read(descriptor, $0.baseAddress, $0.count)
    }
    return count < 0 ? nil : Array(bytes.prefix(count))
  }

  /// The bytes of a file that somebody else may have put there: nil for one that is
  /// larger, for a link, and for what is no regular file, the reading or even the
  /// opening of which could do something.
  public static func bytes(of path: String, atMost limit: Int) -> [UInt8]? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size <= limit
    else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var count = 0
    while count < bytes.count {
      let more = unsafe bytes.withUnsafeMutableBytes {
        unsafe read(descriptor, $0.baseAddress! + count, $0.count - count)
      }
      guard more >= 0 else { return nil }
      if more == 0 { break }
      count += more
    }
    return Array(bytes.prefix(count))
  }

  /// The names of the directories in a directory; none where it cannot be read.
  public static func subdirectories(of path: String) -> [String] {
    names(in: path) { $0 == DT_DIR }
  }

  /// The names of all entries of a directory; none if it cannot be read.
  ///
  /// - Parameters:
  ///   - path: the directory.
  ///   - isWanted: decides by the type of an entry, such as `DT_DIR`.
  public static func names(
    in path: String, where isWanted: (Int) -> Bool = { _ in true }
  ) -> [String] {
    var names: [String] = []
    visit(path, where: isWanted) { name, _ in names.append(name) }
    return names
  }

  /// Visits the directories in a directory, each looked up from there: a path from the root
  /// takes longer.
  ///
  /// - Parameter body: gets the name, the number in the file system, and how many links it has.
  public static func eachSubdirectory(
    of path: String, _ body: (_ name: String, _ inode: UInt64, _ links: UInt64) -> Void
  ) {
    visit(path, where: { $0 == DT_DIR }) { name, directory in
      var status = stat()
      guard unsafe fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0,
        status.st_mode & S_IFMT == S_IFDIR
      else { return }
      body(name, UInt64(status.st_ino), UInt64(status.st_nlink))
    }
  }

  private static func visit(
    _ path: String, where isWanted: (Int) -> Bool,
    _ body: (_ name: String, _ directory: Int32) -> Void
  ) {
    guard let stream = unsafe opendir(path) else { return }
    defer { unsafe closedir(stream) }
    while let entry = unsafe readdir(stream) {
      guard unsafe isWanted(Int(entry.pointee.d_type)) else { continue }
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { body(name, unsafe dirfd(stream)) }
    }
  }

  public static func exists(_ path: String) -> Bool { failure(toReach: path) == nil }

  /// The number of a file in its file system; nil where the path leads to none.
  public static func inode(of path: String) -> UInt64? {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? UInt64(status.st_ino) : nil
  }

  /// Why a path leads to no file for this process; nil where it leads to one.
  /// Unlike access(2), it counts the capabilities of a user who is not root.
  public static func failure(toReach path: String) -> ErrorNumber? {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? nil : .current
  }
}
