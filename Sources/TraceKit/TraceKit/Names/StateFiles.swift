import Glibc

/// The files and directories in which runtimes of containers keep their state. All that is in
/// them is hostile.
struct StateFiles {
  /// The prefix of each path.
  let root: String
  /// Files that lack it are passed over, and nothing is read twice, since all that is asked is
  /// one question; nil: none.
  var sought: SoughtName?

  /// More is not read of a file.
  static let greatestSize = 16 << 20
  /// More is not kept of what a file or a directory lists.
  static let greatestCount = 1 << 16
  /// A longer text is no name: runtimes and Kubernetes allow 253 bytes at most.
  static let greatestName = 255

  /// What tells whether a file or a directory has changed.
  struct Version: Equatable {
    let inode: UInt64
    let size: Int
    let seconds: Int
    let nanoseconds: Int
  }

  /// Reads a file of JSON.
  ///
  /// - Returns: whether it could be read and was right to its end, and may have what is sought.
  func scan(
    _ path: String, _ body: (inout JSONScanner) throws(JSONScanner.Malformed) -> Void
  ) -> Bool {
    guard let bytes = File.bytes(of: root + path, atMost: Self.greatestSize),
      sought?.canBe(in: bytes) != false
    else { return false }
    return (try? JSONScanner.scan(bytes, body)) != nil
  }

  func subdirectories(of path: String) -> [String] {
    File.subdirectories(of: root + path).sorted()
  }

  func names(in path: String) -> [String] { File.names(in: root + path) }

  /// Nil where there is none, and for one that was changed within the last second: a clock tick
  /// has room for another change.
  func version(of path: String) -> Version? {
    guard sought == nil else { return Version(inode: 0, size: 0, seconds: 0, nanoseconds: 0) }
    var status = stat()
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    guard stat(root + path, &status) == 0, status.st_mtim.tv_sec < now.tv_sec - 1 else {
      return nil
    }
    return Version(
      inode: UInt64(status.st_ino), size: Int(status.st_size), seconds: status.st_mtim.tv_sec,
      nanoseconds: status.st_mtim.tv_nsec)
  }

  static func isName(_ text: some StringProtocol) -> Bool {
    (1...greatestName).contains(text.utf8.count)
  }
}

/// What a file or a directory lists, read again only when it has changed.
struct StateList<Key: Hashable, Value> {
  private var version: StateFiles.Version?
  private var entries: [Key: Value] = [:]

  /// - Parameters:
  ///   - path: the file or the directory.
  ///   - read: reads all of it.
  mutating func value(
    _ key: Key, in path: String, of files: StateFiles, _ read: () -> [Key: Value]
  ) -> Value? {
    if let known = entries[key] { return known }
    // One that lacks it may be older than the container.
    let version = files.version(of: path)
    if version == nil || version != self.version {
      // Asked before it is read: a change in between is seen the next time.
      self.version = version
      entries = read()
    }
    return entries[key]
  }
}
