import CLinux
import Glibc

/// The signals that end a run: SIGINT, SIGTERM and SIGHUP.
///
/// The first is read from a descriptor and ends the run with its result; after
/// it the default handling is back, so that a second one ends at once.
final class Signals {
  let descriptor: Int32

  private static var ending: sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&set, signal) }
    return set
  }

  /// Keeps signals waiting until a descriptor is there to read them from.
  static func hold() {
    var set = ending
    sigprocmask(SIG_BLOCK, &set, nil)
  }

  /// Takes the signals over, and ignores SIGPIPE so that a closed pipe is an
  /// error of the write.
  init() {
    Self.hold()
    signal(SIGPIPE, SIG_IGN)
    descriptor = linux_signal_descriptor()
  }

  deinit {
    close(descriptor)
  }

  /// Takes the pending signal, if there is one.
  func take() -> Int32? {
    let signal = linux_take_signal(descriptor)
    guard signal > 0 else { return nil }
    Self.restoreDefaults()
    return signal
  }

  /// The first one stays pending where it has not been read, so it is taken out
  /// first. One that follows it at once is still the same: timeout(1) sends each to
  /// the process and to its group.
  static func restoreDefaults() {
    var set = ending
    usleep(20_000)
    var now = timespec(tv_sec: 0, tv_nsec: 0)
    while sigtimedwait(&set, nil, &now) > 0 {}
    sigprocmask(SIG_UNBLOCK, &set, nil)
  }
}
