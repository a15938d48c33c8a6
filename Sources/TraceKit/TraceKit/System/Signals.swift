import CLinux
import Glibc

/// The signals that end a run: SIGINT, SIGTERM and SIGHUP.
///
/// The first ends the run with its result. A second one ends the process at once,
/// wherever it is: a thread of its own waits for them.
enum Signals {
  /// Keeps signals pending until they are watched.
  static func hold() { linux_hold_signals() }

  /// Becomes readable with the first signal. Asked for the first time, it starts the
  /// thread, which has the capabilities of that moment.
  static let descriptor: Int32 = {
    hold()
    // A closed pipe is an error of the write.
    signal(SIGPIPE, SIG_IGN)
    return linux_watch_signals()
  }()
}
