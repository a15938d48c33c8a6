import Glibc

/// This process as it sees itself.
public enum OwnProcess {
  /// Its number in its own PID namespace.
  public static var id: UInt32 { UInt32(getpid()) }

  /// The number of that namespace; 0 for the initial one.
  public static var namespace: UInt32 { PIDNamespace.own }

  /// The folder of its program; nil where that is not known.
  public static let folder: String? = {
    guard let path = realpath("/proc/self/exe", nil) else { return nil }
    defer { free(path) }
    let text = String(cString: path)
    return text.lastIndex(of: "/").map { String(text[..<$0]) }
  }()
}
