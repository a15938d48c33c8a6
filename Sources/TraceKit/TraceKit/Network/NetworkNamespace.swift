import CLinux

/// Network namespaces, which the kernel tells apart by an inode number.
enum NetworkNamespace {
  /// The number that a user's text means: the number itself, the path of the
  /// namespace's file, or its name in the folder of ip-netns(8).
  static func number(_ text: String) throws -> UInt32 {
    if let number = UInt32(text), number > 0 { return number }
    let number = linux_network_namespace(text.contains("/") ? text : "/run/netns/\(text)")
    guard number != 0 else {
      throw Parse.Reason(description: "there is no such network namespace")
    }
    return number
  }
}
