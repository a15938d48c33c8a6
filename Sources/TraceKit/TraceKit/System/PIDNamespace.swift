import Glibc

/// The process id namespace that this process is in.
enum PIDNamespace {
  /// The number of the initial one, on every machine (`PROC_PID_INIT_INO`).
  private static let initial: UInt = 0xEFFF_FFFC

  /// Its number; 0 for the initial one, whose process ids are the kernel's own.
  static let own: UInt32 = {
    // Where proc shows a namespace in which this process has no number, that one
    // is what the user sees.
    for process in ["self", "1"] {
      var status = stat()
      guard stat("/proc/\(process)/ns/pid", &status) == 0 else { continue }
      return status.st_ino == initial ? 0 : UInt32(truncatingIfNeeded: status.st_ino)
    }
    return 0
  }()
}
