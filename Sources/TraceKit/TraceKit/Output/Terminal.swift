import CLinux
import Glibc

/// The screen that a run draws on, and the keys that are pressed at it.
final class Terminal {
  /// Becomes readable when there are keys; nil where none are read.
  let keys: Int32?
  private let screen: Int32
  /// Whether parts of the text may be highlighted.
  let allowsStyles: Bool

  /// The terminal of an output; nil where it is none, or one that has no commands to
  /// move about.
  ///
  /// - Parameter readsKeys: keys are asked for. They are read where standard input is a
  ///   terminal too and this process is the one that it is for.
  init?(of output: Output, readsKeys: Bool) {
    let type = getenv("TERM").map { String(cString: $0) } ?? ""
    guard output.isTerminal, !type.isEmpty, type != "dumb" else { return nil }
    screen = output.descriptor
    allowsStyles = (getenv("NO_COLOR").map { $0.pointee == 0 } ?? true)
    let isAsked =
      readsKeys && isatty(STDIN_FILENO) == 1 && tcgetpgrp(STDIN_FILENO) == getpgrp()
    keys = isAsked && linux_take_terminal() == 0 ? STDIN_FILENO : nil
  }

  deinit { release() }

  /// Leaves the terminal as it was.
  func release() {
    if keys != nil { linux_release_terminal() }
  }

  /// How many lines it has now; nil where it does not say.
  var lines: Int? {
    let lines = Int(linux_terminal_lines(screen))
    return lines > 0 ? lines : nil
  }

  /// The keys that were pressed; nil where there will be none any more.
  func pressed() -> [UInt8]? {
    guard let keys else { return [] }
    var descriptor = pollfd(fd: keys, events: Int16(POLLIN), revents: 0)
    guard poll(&descriptor, 1, 0) > 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = read(keys, &bytes, bytes.count)
    if count < 0, ErrorNumber.current == .interrupted { return [] }
    return count > 0 ? Array(bytes.prefix(count)) : nil
  }
}

extension OutputBuffer {
  /// Goes to the upper left corner of an empty screen.
  func clearScreen() { append("\u{1b}[H\u{1b}[2J") }
}
