/// A protocol that packets are filtered by.
public struct PacketProtocol: Sendable {
  /// Its number above the Internet Protocol; 0: it is not above that.
  public let ip: UInt16
  /// Its number above the link; 0: whichever.
  public let link: UInt16

  /// The numbers that IANA gives to protocols above the Internet Protocol.
  static let ip: [UInt16: String] = [
    1: "icmp", 2: "igmp", 4: "ipip", 6: "tcp", 17: "udp", 33: "dccp", 41: "sit", 47: "gre",
    50: "esp", 51: "ah", 58: "icmpv6", 89: "ospf", 103: "pim", 108: "ipcomp", 112: "vrrp",
    115: "l2tp", 132: "sctp", 136: "udplite",
  ]

  /// linux/if_ether.h
  static let link: [UInt16: String] = [
    0x0004: "802.2", 0x0800: "ipv4", 0x0806: "arp", 0x8035: "rarp", 0x8100: "vlan",
    0x86dd: "ipv6", 0x8847: "mpls", 0x8863: "pppoed", 0x8864: "pppoe", 0x888e: "eapol",
    0x88a8: "qinq", 0x88cc: "lldp", 0x88e5: "macsec", 0x88f7: "ptp",
  ]

  /// The families of sockets whose packets have no link (linux/socket.h).
  static let families: [UInt16: String] = [
    1: "unix", 16: "netlink", 17: "packet", 29: "can", 38: "alg", 40: "vsock",
  ]

  /// The innermost protocol of a packet that is known.
  ///
  /// - Parameters:
  ///   - ip: the protocol above the Internet Protocol; nil in other packets.
  ///   - link: the protocol above the link; 0 where there is none.
  ///   - family: of the socket of a packet without a link.
  /// - Returns: nil where nothing is known.
  public static func name(ip number: UInt8?, link type: UInt16, family: UInt16 = 0) -> String? {
    if let number { return ip[UInt16(number)] ?? "ip-\(number)" }
    return link[type] ?? families[family] ?? (type == 0 ? nil : "0x" + String(type, radix: 16))
  }

  /// - Parameter text: a name, or the number of a protocol above the Internet Protocol.
  public init(_ text: String) throws {
    let name = text.lowercased()
    if let number = Self.ip.first(where: { $0.value == name })?.key {
      (ip, link) = (number, 0)
    } else if let number = Self.link.first(where: { $0.value == name })?.key {
      (ip, link) = (0, number)
    } else if let number = try? Parse.integer(text, "", in: 1...UInt16(UInt8.max)) {
      (ip, link) = (number, 0)
    } else {
      throw Parse.Reason(
        description: "a protocol is a name such as udp or arp, or a number from 1 to 255")
    }
  }
}
