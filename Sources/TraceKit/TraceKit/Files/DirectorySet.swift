import BPF
import CLinux
import Glibc
public import Wire

/// Directories that programs made with `lib/directories.bpf.h` tell files by. They stay open,
/// so that no other file can come to where the kernel has them in memory.
public final class DirectorySet: Sendable {
  /// As they were named, each at the place of its number.
  public let paths: [String]
  private let descriptors: [OwnedDescriptor]
  private let secret: UInt64

  /// - Throws: a reason where one is no directory, or there are too many.
  init(_ paths: [String]) throws {
    guard paths.count <= DIRECTORY_LIMIT else {
      throw Parse.Reason(
        description: "these are \(paths.count) directories, and at most \(DIRECTORY_LIMIT) are "
          + "supported")
    }
    if paths.count > 256 { DescriptorLimit.raise() }
    descriptors = try paths.map { path in
      guard let descriptor = OwnedDescriptor(linux_open_directory(path)) else {
        throw Parse.Reason(description: "cannot open the directory \(path): \(ErrorNumber.current)")
      }
      return descriptor
    }
    self.paths = paths
    secret = UInt64.random(in: 1...UInt64(Int64.max))
  }

  /// One directory.
  public static func one(_ path: String) throws -> DirectorySet { try DirectorySet([path]) }

  /// Directories with commas between them, where a pattern stands for all that match it.
  public static func matching(_ text: String) throws -> DirectorySet {
    let patterns = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    var paths: [String] = []
    for path in try patterns.flatMap(matches) where !paths.contains(path) { paths.append(path) }
    return try DirectorySet(paths)
  }

  private static func matches(_ pattern: String) throws -> [String] {
    guard pattern.contains(where: { "*?[".contains($0) }) else { return [pattern] }
    var found = glob_t()
    defer { globfree(&found) }
    let result = glob(pattern, GLOB_ONLYDIR, nil, &found)
    let paths = (0..<Int(found.gl_pathc)).compactMap { index in
      found.gl_pathv[index].map { String(cString: $0) }
    }
    let directories = paths.filter { path in
      var status = stat()
      return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
    guard result == 0, !directories.isEmpty else {
      throw Parse.Reason(description: "no directory matches \(pattern)")
    }
    return directories
  }

  public var wire: directory_filter {
    directory_filter(secret: secret, enabled: 1, padding: 0)
  }

  /// Names them to the programs, which must be attached.
  ///
  /// - Throws: ``ToolError`` where the programs do not see this process.
  public func enroll(in object: LoadedObject) throws {
    let known: HashMap<UInt64, UInt32> = try HashMap("directories", in: object)
    // Two names can be those of one directory.
    let wanted = Set(
      descriptors.map { descriptor in
        let status = descriptor.status
        return [status.map { UInt64($0.st_dev) }, status.map { UInt64($0.st_ino) }]
      })
    // The kernel skips a program now and then, as HookKind.tracepoint says.
    for _ in 0..<100 {
      for (index, descriptor) in descriptors.enumerated() {
        // It fails, since nothing can be read by such a descriptor.
        _ = pread(descriptor.number, nil, index, off_t(secret))
      }
      if try known.entries().count >= wanted.count { return }
    }
    throw ToolError(
      .failure, "cannot name the directories to the kernel: the programs do not see this process")
  }
}
