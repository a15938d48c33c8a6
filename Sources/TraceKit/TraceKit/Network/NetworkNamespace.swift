import CLinux

/// Network namespaces, which the kernel distinguishes by an inode number.
public enum NetworkNamespace {
  /// That of this process.
  public static var own: UInt32 { linux_network_namespace("/proc/self/ns/net") }

  /// That of a process.
  public static func number(ofProcess process: UInt32) throws -> UInt32 {
    let number = linux_network_namespace("/proc/\(process)/ns/net")
    guard number != 0 else {
      throw Parse.Reason(description: "there is no process \(process), or it may not be read")
    }
    return number
  }

  /// The number that a user's text means: the number itself, the path of the
  /// namespace's file, or its name in the folder of ip-netns(8).
  public static func number(_ text: String) throws -> UInt32 {
    if let number = UInt32(text), number > 0 { return number }
    let number = linux_network_namespace(text.contains("/") ? text : "/run/netns/\(text)")
    guard number != 0 else {
      throw Parse.Reason(description: "there is no such network namespace")
    }
    return number
  }

  /// The file of a namespace: one that `ip netns` has named, or of a process that is in it;
  /// "/nonexistent" where there is neither.
  public static func file(of number: UInt32) -> String {
    let named = File.names(in: "/run/netns").map { "/run/netns/\($0)" }
    let processes = File.names(in: "/proc").filter { $0.first?.isNumber == true }
    return (named + processes.map { "/proc/\($0)/ns/net" }).first {
      linux_network_namespace($0) == number
    } ?? "/nonexistent"
  }
}
