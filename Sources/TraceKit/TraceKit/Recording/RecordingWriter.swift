import Glibc

/// Writes a recording, whole blocks at a time.
final class RecordingWriter {
  private let file: OwnedDescriptor
  private let path: String
  private let tool: String
  /// Where the last whole block ends.
  private var end: Int = 0
  /// Why no more is written; nil: it is.
  private(set) var failure: ErrorNumber?

  /// Creates a file that only its owner can read, or empties a recording.
  ///
  /// - Parameter version: what the file needs of its reader.
  /// - Throws: ``ToolError`` where it cannot be opened, or holds anything else.
  init(_ path: String, tool: String, version: RecordingFormat.Version = .rows) throws {
    self.path = path
    self.tool = tool
    let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
    guard let file = OwnedDescriptor(open(path, flags, 0o600)), let status = file.status else {
      throw ToolError(
        .failure, "--record: cannot open '\(path)' for writing: \(ErrorNumber.current)")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw ToolError(.usage, "--record: '\(path)' is not a regular file")
    }
    var start = [UInt8](repeating: 0, count: RecordingFormat.signature.count)
    guard
      status.st_size == 0
        || pread(file.number, &start, start.count, 0) == start.count
          && start == RecordingFormat.signature
    else {
      throw ToolError(
        .usage, "--record: '\(path)' exists and is not a recording; remove it or use another name")
    }
    self.file = file
    fchmod(file.number, 0o600)
    guard ftruncate(file.number, 0) == 0 else {
      throw ToolError(.failure, "--record: cannot empty '\(path)': \(ErrorNumber.current)")
    }
    var header = EntryWriter()
    for byte in RecordingFormat.signature { header.number(byte) }
    header.number(RecordingFormat.byteOrder)
    header.number(version.rawValue)
    header.bytes.withUnsafeBytes { write([$0]) }
    if let failure {
      throw ToolError(.failure, "--record: cannot write '\(path)': \(failure)")
    }
  }

  /// Appends a block, unless an earlier one could not be written.
  func append(_ kind: RecordingFormat.Kind, _ entries: EntryWriter) {
    guard failure == nil else { return }
    entries.bytes.withUnsafeBytes { content in
      var block = RecordingBlock(
        kind: kind.rawValue, size: UInt32(content.count), entries: UInt32(entries.count))
      block.checksum = block.sum(content)
      withUnsafeBytes(of: block) { write([$0, content]) }
    }
    if let failure {
      tell(
        "\(tool): --record: cannot write '\(path)': \(failure); it ends here, and the run goes on")
    }
  }

  private func write(_ parts: [UnsafeRawBufferPointer]) {
    for part in parts {
      var rest = part
      while !rest.isEmpty {
        let written = Glibc.write(file.number, rest.baseAddress, rest.count)
        if written > 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        } else if written == 0 || ErrorNumber.current != .interrupted {
          failure = written == 0 ? .noSpace : .current
          // The file still ends with a whole block.
          ftruncate(file.number, end)
          return
        }
      }
    }
    end += parts.reduce(0) { $0 + $1.count }
  }
}
