import Glibc

/// A file that is written once, at the end of a run. It is opened before, while the process
/// still has its capabilities, so that a path that cannot be written is an error at once.
public final class DrawingFile {
  private let path: String
  private let descriptor: Int32
  /// The file as it is before the drawing.
  private let former: stat
  private let isNew: Bool
  private var isWritten = false

  /// - Throws: ``ToolError`` where the file cannot be written.
  public init(_ path: String) throws {
    let isNew = !File.exists(path)
    descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw ToolError(.failure, "cannot open '\(path)' for writing: \(ErrorNumber.current)")
    }
    var status = stat()
    fstat(descriptor, &status)
    former = status
    self.isNew = isNew
    // A link stays, and what it leads to is replaced.
    let target = realpath(path, nil)
    self.path = target.map { String(cString: $0) } ?? path
    free(target)
  }

  deinit {
    close(descriptor)
    if isNew, !isWritten, isRegular { unlink(path) }
  }

  private var isRegular: Bool { former.st_mode & S_IFMT == S_IFREG }

  /// Replaces the file in one step. Where this process may not make files in its directory,
  /// as one without capabilities in a directory of somebody else, it is overwritten.
  public func write(_ draw: (OutputBuffer) -> Void) throws {
    try write(inParts: { out, _ in draw(out) })
  }

  /// What draws a file, and calls between its parts what writes them out.
  typealias Drawer = (_ out: OutputBuffer, _ pause: () throws -> Void) throws -> Void

  /// The same for a drawing that may be too large for the memory.
  ///
  /// - Parameter draw: may be called twice.
  func write(inParts draw: Drawer) throws {
    if isRegular, try replace(by: draw) {
      isWritten = true
      return
    }
    if isRegular, ftruncate(descriptor, 0) != 0 { throw failure() }
    try write(draw, to: descriptor)
    isWritten = true
  }

  /// - Returns: false where the directory does not admit a second file.
  private func replace(by draw: Drawer) throws -> Bool {
    let copy = "\(path).\(getpid()).new"
    let file = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { return false }
    defer { close(file) }
    do {
      try write(draw, to: file)
    } catch {
      unlink(copy)
      throw error
    }
    let keepsOwner =
      (former.st_uid == geteuid() && former.st_gid == getegid())
      || fchown(file, former.st_uid, former.st_gid) == 0
    guard keepsOwner, fchmod(file, former.st_mode & 0o7777) == 0, rename(copy, path) == 0 else {
      unlink(copy)
      return false
    }
    return true
  }

  private static let partSize = 1 << 20

  private func write(_ draw: Drawer, to file: Int32) throws {
    let drawing = OutputBuffer()
    try draw(drawing) {
      if drawing.count >= Self.partSize { try write(drawing, to: file) }
    }
    try write(drawing, to: file)
  }

  private func write(_ drawing: OutputBuffer, to file: Int32) throws {
    try drawing.withBytes { bytes in
      var rest = bytes
      while !rest.isEmpty {
        let count = Glibc.write(file, rest.baseAddress, rest.count)
        if count < 0, ErrorNumber.current == .interrupted { continue }
        guard count > 0 else { throw failure() }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
    }
    drawing.removeAll()
  }

  private func failure() -> ToolError {
    ToolError(.failure, "cannot write '\(path)': \(ErrorNumber.current)")
  }
}
