import CLibbpf
import Glibc

/// Why something of the BPF file system cannot be used.
public enum PinError: Error, Equatable, Sendable {
  /// There is no BPF file system where it belongs.
  case notMounted
  /// The directory belongs to another user, or others may write to it.
  case untrusted(path: String)
  case exists
  case missing
  case refused(path: String, ErrorNumber)
}

/// A directory of the BPF file system that keeps programs, maps and links when the process that
/// made them has ended.
public struct PinDirectory: Hashable, Sendable {
  /// Where the kernel's documentation and systemd mount it.
  public static let fileSystem = "/sys/fs/bpf"
  /// Users do not share one: the first would own it.
  private static let root =
    fileSystem + "/swift-bpf-tools" + (geteuid() == 0 ? "" : "-\(geteuid())")

  public let name: String
  public var path: String { "\(Self.root)/\(name)" }

  private init(_ name: String) { self.name = name }

  /// Makes one, for this user alone.
  ///
  /// - Parameter name: without a slash or a dot.
  public static func create(_ name: String) throws(PinError) -> PinDirectory {
    guard isMounted else { throw .notMounted }
    let directory = PinDirectory(name)
    // Who ends the last pin removes the root in between.
    for isLastTrial in [false, true] {
      if unsafe mkdir(root, 0o700) != 0, errno != EEXIST { throw failure(root) }
      if unsafe mkdir(directory.path, 0o700) == 0 { break }
      if errno == EEXIST {
        try check(root)
        throw .exists
      }
      guard errno == ENOENT, !isLastTrial else { throw failure(directory.path) }
    }
    do {
      try check(root)
      try check(directory.path)
    } catch {
      directory.remove()
      throw error
    }
    return directory
  }

  /// One that is there.
  public static func find(_ name: String) throws(PinError) -> PinDirectory {
    guard isMounted else { throw .notMounted }
    let directory = PinDirectory(name)
    try check(root)
    try check(directory.path)
    return directory
  }

  /// All that are there, by their names.
  public static func all() -> [PinDirectory] {
    guard isMounted, (try? check(root)) != nil else { return [] }
    return File.subdirectories(of: root).sorted().map { PinDirectory($0) }
  }

  private static var isMounted: Bool { unsafe shim_is_bpf_file_system(fileSystem) }

  /// Everybody may make a directory in a BPF file system.
  private static func check(_ path: String) throws(PinError) {
    var found = stat()
    guard unsafe lstat(path, &found) == 0 else {
      throw errno == ENOENT ? .missing : failure(path)
    }
    let isOwn = found.st_uid == 0 || found.st_uid == geteuid()
    guard found.st_mode & S_IFMT == S_IFDIR, isOwn, found.st_mode & 0o022 == 0 else {
      throw .untrusted(path: path)
    }
  }

  private static func failure(_ path: String) -> PinError { .refused(path: path, .current) }

  /// A number that no other directory has, even of the same name; nil where it is gone.
  public var number: UInt64? {
    var found = stat()
    return unsafe lstat(path, &found) == 0 ? UInt64(found.st_ino) : nil
  }

  // MARK: - What is in it

  func path(of entry: String) -> String { "\(path)/\(entry)" }

  /// The names of what is pinned in it.
  var entries: [String] { File.names(in: path).sorted() }

  /// Pins what a descriptor is of.
  func pin(_ descriptor: Int32, as entry: String) throws(PinError) {
    let path = path(of: entry)
    guard unsafe bpf_obj_pin(descriptor, path) == 0 else { throw Self.failure(path) }
  }

  /// Ends what it keeps, and itself.
  ///
  /// - Returns: the first failure; nil where nothing is left.
  @discardableResult
  public func remove() -> PinError? {
    var failure: PinError?
    // By their names links come before programs, which no longer run without them.
    for entry in entries {
      let path = path(of: entry)
      if unsafe unlink(path) != 0 { failure = failure ?? .refused(path: path, .current) }
    }
    if unsafe rmdir(path) != 0 { failure = failure ?? .refused(path: path, .current) }
    // Others may be in it.
    _ = unsafe rmdir(Self.root)
    return failure
  }
}
