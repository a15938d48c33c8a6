import Glibc

/// Network devices, by their names.
public enum NetworkDevice {
  /// Whether this network namespace has one of that name.
  public static func exists(_ name: String) -> Bool { if_nametoindex(name) != 0 }

  /// How many queues for sending and for receiving one of this namespace has; 0 where sysfs
  /// does not show it.
  public static func queues(of name: String) -> (transmit: Int, receive: Int) {
    let folder = "/sys/class/net/\(name)/queues/"
    func count(_ kind: String) -> Int {
      (0..<4096).first { !File.exists("\(folder)\(kind)-\($0)") } ?? 4096
    }
    return (count("tx"), count("rx"))
  }
}
