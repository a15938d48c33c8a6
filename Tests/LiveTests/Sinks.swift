import Foundation
import Glibc

/// Where the output of a tool can go, and what has arrived there.
final class Place {
  enum Kind: String, CaseIterable {
    case file
    case pipe
    /// Its reader takes a little at a time.
    case slowPipe
  }

  private let write: Int32
  private let scratch: Scratch?
  private let collector = Collector()

  init(_ kind: Kind) throws {
    switch kind {
    case .file:
      let scratch = try Scratch()
      write = open(scratch.path + "/output", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
      self.scratch = scratch
    case .pipe, .slowPipe:
      let ends = try Subprocess.pipe()
      write = ends.write
      scratch = nil
      collector.collect(from: ends.read, isSlow: kind == .slowPipe)
    }
  }

  var sink: Subprocess.Sink { .descriptor(write) }

  /// All that a tool wrote which has ended.
  func contents() throws -> Data {
    close(write)
    if let scratch { return try Data(contentsOf: URL(filePath: scratch.path + "/output")) }
    collector.finish()
    return collector.data
  }
}

/// A terminal without any processing of what is written to it, or one as a user has it.
final class Terminal: Sendable {
  let screen: Int32
  let line: Int32

  init(isRaw: Bool = true) throws {
    var ends: (Int32, Int32) = (-1, -1)
    guard openpty(&ends.0, &ends.1, nil, nil, nil) == 0 else {
      throw LiveError("cannot make a terminal: \(String(cString: strerror(errno)))")
    }
    (screen, line) = ends
    var modes = termios()
    tcgetattr(line, &modes)
    if isRaw {
      cfmakeraw(&modes)
      tcsetattr(line, TCSANOW, &modes)
    }
    for end in [screen, line] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  }

  deinit {
    close(screen)
    close(line)
  }

  var path: String { String(cString: ttyname(line)) }

  /// Whether a program has it whole lines and echo what is typed.
  var isCooked: Bool {
    var modes = termios()
    tcgetattr(line, &modes)
    let cooked = tcflag_t(ICANON | ECHO)
    return modes.c_lflag & cooked == cooked
  }

  func type(_ keys: String) {
    _ = write(screen, keys, keys.utf8.count)
  }

  /// What is on it now, as far as it came.
  func read(until isEnough: (Data) -> Bool) throws -> Data {
    var all = Data()
    var room = [UInt8](repeating: 0, count: 65536)
    _ = fcntl(screen, F_SETFL, O_NONBLOCK)
    try waitFor("text on the terminal") {
      let count = Glibc.read(screen, &room, room.count)
      if count > 0 { all.append(contentsOf: room[..<count]) }
      return isEnough(all)
    }
    return all
  }
}
