import CLinux
import Glibc

/// The signals that end a run: SIGINT, SIGTERM and SIGHUP.
///
/// The first ends the run with its result. A second one ends the process at once,
/// wherever it is: a thread of its own waits for them.
public enum Signals {
  /// Keeps signals pending until they are watched.
  static func hold() { linux_hold_signals() }

  /// Whether one came since they are kept pending.
  static var areWaiting: Bool {
    var pending = sigset_t()
    sigpending(&pending)
    return [SIGINT, SIGTERM, SIGHUP].contains { sigismember(&pending, $0) == 1 }
  }

  /// Becomes readable with the first signal. Asked for the first time, it starts the
  /// thread, which has the capabilities of that moment.
  public static let descriptor: Int32 = {
    hold()
    // A closed pipe is an error of the write.
    signal(SIGPIPE, SIG_IGN)
    return linux_watch_signals()
  }()
}

/// SIGUSR1 and SIGUSR2, by which somebody asks a tool for what it has counted so far.
public struct UserSignals {
  public enum Signal: Sendable {
    case first, second
  }

  /// Becomes readable when one waits.
  public let descriptor: Int32?

  /// From now on they wait. To be called before threads are started.
  public init() {
    let descriptor = linux_collect_user_signals()
    self.descriptor = descriptor < 0 ? nil : descriptor
  }

  /// The next that waits.
  public func next() -> Signal? {
    switch descriptor.map(linux_next_user_signal) {
    case 1: .first
    case 2: .second
    default: nil
    }
  }
}
