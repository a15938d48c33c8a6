import Glibc

/// Names that the system's headers give to numbers.
public enum SystemNames {
  /// The name of an address family without its prefix, such as "INET6"; the number
  /// of one that tools do not meet.
  public static func addressFamily(_ number: UInt16) -> String {
    switch Int32(number) {
    case AF_UNSPEC: "UNSPEC"
    case AF_UNIX: "UNIX"
    case AF_INET: "INET"
    case AF_INET6: "INET6"
    case AF_NETLINK: "NETLINK"
    case AF_PACKET: "PACKET"
    default: "\(number)"
    }
  }
}
