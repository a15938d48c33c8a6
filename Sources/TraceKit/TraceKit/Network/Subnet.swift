import Glibc
public import Wire

/// Addresses that begin with the same bits, such as `10.0.0.0/8`, or a single address.
public struct Subnet: CustomStringConvertible, Hashable, Sendable {
  /// Sixteen in network order, of which IPv4 uses the first four; 0 after the prefix.
  private let bytes: [UInt8]
  /// 4 or 6.
  public let version: UInt16
  /// How many bits they have in common.
  public let prefix: Int

  /// - Parameter text: an address of IPv4 or IPv6, and after a slash how many of its bits
  ///   count; without it all. IPv4 in IPv6 (`::ffff:10.0.0.1`) is IPv4, as the kernel sends it.
  public init(_ text: String) throws {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    var (bytes, version) = try Self.address(String(parts[0]))
    let isMapped = version == 6 && bytes.prefix(12) == Self.mapped[...]
    let most = version == 4 ? 32 : 128
    var prefix =
      try parts.count > 1 ? Parse.integer(String(parts[1]), "a prefix", in: 0...most) : most
    if isMapped, prefix >= 96 {
      (bytes, version, prefix) = (
        bytes.suffix(4) + [UInt8](repeating: 0, count: 12), 4, prefix - 96
      )
    }
    self.bytes = zip(bytes, Self.mask(prefix)).map { $0 & $1 }
    self.version = version
    self.prefix = prefix
  }

  private static let mapped: [UInt8] = [UInt8](repeating: 0, count: 10) + [0xff, 0xff]

  private static func address(_ text: String) throws -> (bytes: [UInt8], version: UInt16) {
    var bytes = [UInt8](repeating: 0, count: 16)
    if inet_pton(AF_INET, text, &bytes) == 1 { return (bytes, 4) }
    if inet_pton(AF_INET6, text, &bytes) == 1 { return (bytes, 6) }
    throw Parse.Reason(description: "an address of IPv4 or IPv6 is needed")
  }

  /// As many bits as a prefix has, and then 0.
  private static func mask(_ prefix: Int) -> [UInt8] {
    (0..<16).map { index in
      let bits = min(max(prefix - index * 8, 0), 8)
      return UInt8(truncatingIfNeeded: 0xff00 >> bits)
    }
  }

  /// Several, with commas between them.
  ///
  /// - Parameter limit: how many there can be.
  public static func list(_ text: String, limit: Int) throws -> [Subnet] {
    let subnets = try text.split(separator: ",", omittingEmptySubsequences: false).map {
      try Subnet(String($0))
    }
    guard subnets.count <= limit else {
      throw Parse.Reason(description: "at most \(limit) subnets are supported")
    }
    return subnets
  }

  /// As a user writes it, with the prefix.
  public var description: String {
    let address = bytes.withUnsafeBytes {
      Self.text($0.loadUnaligned(as: (UInt64, UInt64).self), version: version)
    }
    return "\(address)/\(prefix)"
  }

  /// An address by its sixteen bytes, of which IPv4 uses the first four.
  public static func text(_ bytes: some BitwiseCopyable, version: UInt16) -> String {
    withUnsafeBytes(of: bytes) { NumericAddress.text(of: Array($0.prefix(version == 4 ? 4 : 16))) }
  }

  /// As the programs read it.
  public var wire: subnet {
    var subnet = subnet()
    subnet.version = UInt32(version)
    withUnsafeMutableBytes(of: &subnet.address) { $0.copyBytes(from: bytes) }
    withUnsafeMutableBytes(of: &subnet.mask) { $0.copyBytes(from: Self.mask(prefix)) }
    return subnet
  }
}

extension subnet {
  /// - Parameter subnet: nil: any address.
  public init(_ subnet: Subnet?) {
    self = subnet?.wire ?? Self()
  }
}
