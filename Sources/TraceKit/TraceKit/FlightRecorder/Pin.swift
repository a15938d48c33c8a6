import Glibc
import Wire

/// What a tool has left in the kernel under a name: its programs, the events that they record,
/// and what is to be known of them.
struct Pin {
  let directory: PinDirectory
  let meta: recorder_meta
  let layout: RecorderLayout

  private static let meta = "meta"

  var tool: String { Self.text(meta.tool) }
  var release: String { Self.text(meta.release) }
  var commandLine: String { Self.text(meta.command_line) }

  /// - Throws: ``PinError`` where there is none, or what is there is none.
  init(_ directory: PinDirectory) throws(PinError) {
    let meta = try PinnedArray(Self.meta, in: directory).first(as: recorder_meta.self)
    guard let meta, meta.magic == RECORDER_MAGIC, meta.version == RECORDER_VERSION,
      let layout = RecorderLayout(meta)
    else { throw .refused(path: directory.path, .invalidArgument) }
    self.directory = directory
    self.meta = meta
    self.layout = layout
  }

  /// Pins the programs of a session. What a failure leaves in the directory must be removed.
  static func complete(
    _ directory: PinDirectory, _ session: Session, tool: String, layout: RecorderLayout,
    eventSize: Int, last: UInt64?
  ) throws {
    try session.pin(maps: RecorderLayout.maps, in: directory)
    var meta = recorder_meta()
    meta.magic = RECORDER_MAGIC
    meta.version = UInt32(RECORDER_VERSION)
    meta.cpus = UInt32(layout.cpus)
    meta.pages = UInt32(layout.pages)
    meta.page_room = UInt32(layout.pageRoom)
    meta.event_size = UInt32(eventSize)
    meta.start_ns = EventClock.now
    meta.last_ns = last ?? 0
    meta.map_bytes = UInt64(session.mapMemory().bytes)
    copy(tool, to: &meta.tool)
    copy(collectionVersion, to: &meta.release)
    copy(CommandLine.arguments.dropFirst().joined(separator: " "), to: &meta.command_line)
    // Without it nothing that is there is a pin.
    try PinnedArray.pin(meta, as: Self.meta, in: directory)
  }

  private static func copy<Room>(_ text: String, to room: inout Room) {
    withUnsafeMutableBytes(of: &room) { $0.copyBytes(from: text.utf8.prefix($0.count - 1)) }
  }

  private static func text<Room: BitwiseCopyable>(_ room: Room) -> String {
    let out = OutputBuffer(capacity: 512)
    withUnsafeBytes(of: room) { bytes in
      out.append(escaped: UnsafeRawBufferPointer(rebasing: bytes.prefix { $0 != 0 }))
    }
    return out.withBytes { String(decoding: $0, as: UTF8.self) }
  }

  /// So long the kernel may take to free programs that nobody holds any more.
  private static let patience: UInt64 = 10_000_000_000

  /// Detaches and frees all that a directory keeps.
  ///
  /// - Throws: ``ToolError`` where something of it is left.
  static func end(_ directory: PinDirectory) throws {
    let programs = PinnedPrograms(in: directory)
    if let failure = directory.remove() { throw ToolError(failure, of: directory.name) }
    let end = EventClock.now + patience
    while programs.areLoaded == true {
      guard EventClock.now < end else {
        throw ToolError(
          .failure,
          "programs of the pin '\(directory.name)' are still loaded: another process holds them")
      }
      usleep(10_000)
    }
  }
}

extension ToolError {
  /// - Parameter name: that of the pin.
  init(_ error: PinError, of name: String) {
    switch error {
    case .notMounted:
      self.init(
        .unavailable,
        "no BPF file system is mounted at \(PinDirectory.fileSystem); mount it "
          + "(mount -t bpf bpf \(PinDirectory.fileSystem))")
    case .untrusted(let path):
      self.init(
        .notPermitted,
        "\(path) belongs to another user or can be written by others; remove it, or make it your "
          + "own alone")
    case .exists:
      self.init(
        .usage, "there is a pin '\(name)' already; choose another name, or end it with --unpin")
    case .missing:
      self.init(.usage, "there is no pin '\(name)' in \(PinDirectory.fileSystem)")
    case .refused(let path, let errno) where errno == .invalidArgument:
      self.init(.failure, "\(path) is no pin of this version of the tools, or not a whole one")
    case .refused(let path, let errno):
      self.init(
        errno == .notPermitted || errno == .accessDenied ? .notPermitted : .failure,
        "cannot use \(path): \(errno)")
    }
  }
}
