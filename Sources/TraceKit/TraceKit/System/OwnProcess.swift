import Glibc
public import Wire

/// This process as it sees itself.
public enum OwnProcess {
  /// Its number in its own PID namespace.
  public static var id: UInt32 { UInt32(getpid()) }

  /// The number of that namespace; 0 for the initial one.
  public static var namespace: UInt32 { PIDNamespace.own }

  /// The path of a program that lies beside its own; nil where there is none.
  public static func neighbour(_ name: String) -> String? {
    folder.map { "\($0)/\(name)" }.flatMap { File.exists($0) ? $0 : nil }
  }

  private static let folder: String? = {
    guard let path = realpath("/proc/self/exe", nil) else { return nil }
    defer { free(path) }
    let text = String(cString: path)
    return text.lastIndex(of: "/").map { String(text[..<$0]) }
  }()
}

extension own_process {
  public static var current: own_process {
    own_process(pid: OwnProcess.id, pid_namespace: OwnProcess.namespace)
  }
}
