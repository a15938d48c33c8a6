/// A message of DNS (RFC 1035), as far as it was taken and makes sense.
public struct DNSMessage {
  /// An entry of the answer section.
  public struct Answer: Equatable {
    /// Its type (RFC 1035, 3.2.2).
    public let type: UInt16
    /// An address, or the name that it leads to, in the form of a person; the type's name
    /// where it is neither.
    public let text: [UInt8]
  }

  public let isResponse: Bool
  /// RFC 1035, 4.1.1; its extension in the OPT record is not read.
  public let code: UInt8
  /// The response was cut by the server, which asks for a query over TCP.
  public let isTruncated: Bool
  /// The name of the first question. A dot and a backslash inside of a label have a
  /// backslash before them.
  public let question: [UInt8]
  public let type: UInt16
  public private(set) var answers: [Answer] = []
  /// There are more answers than these.
  public private(set) var hasMore = false
  /// The addresses as they are in the message.
  private(set) var addresses: [[UInt8]] = []

  /// No more answers than these are read of a message.
  private static let mostAnswers = 64

  /// - Parameter bytes: the message, from its header on.
  /// - Returns: nil where it ends before its first question does, or that makes no sense.
  public init?(_ bytes: UnsafeRawBufferPointer) {
    var reader = Reader(bytes)
    guard reader.skip(2), let flags = reader.number(2), let questions = reader.number(2),
      questions == 1, let count = reader.number(2), reader.skip(4), let name = reader.name(),
      let type = reader.number(2), reader.skip(2)
    else { return nil }
    isResponse = flags & 0x8000 != 0
    isTruncated = flags & 0x0200 != 0
    code = UInt8(flags & 0xf)
    question = name
    self.type = UInt16(type)
    for _ in 0..<min(count, Self.mostAnswers) {
      guard let answer = answer(&reader) else { break }
      answers.append(answer)
    }
    hasMore = answers.count < count
  }

  /// - Parameter packet: an IP packet with UDP inside and a response in it.
  init?(inPacket packet: UnsafeRawBufferPointer) {
    guard let first = packet.first else { return nil }
    let headerSize = (first >> 4 == 4 ? Int(first & 0x0f) * 4 : 40) + 8
    guard headerSize < packet.count else { return nil }
    self.init(UnsafeRawBufferPointer(rebasing: packet[headerSize...]))
    guard isResponse else { return nil }
  }

  private mutating func answer(_ reader: inout Reader) -> Answer? {
    guard reader.name() != nil, let type = reader.number(2), reader.skip(6),
      let size = reader.number(2)
    else { return nil }
    let end = reader.position + size
    guard end <= reader.count else { return nil }
    defer { reader.position = end }
    let kind = UInt16(type)
    switch (kind, size) {
    case (1, 4), (28, 16):
      guard let address = reader.bytes(size) else { return nil }
      addresses.append(address)
      return Answer(type: kind, text: Array(NumericAddress.text(of: address).utf8))
    case (2, _), (5, _), (12, _), (39, _):
      guard let name = reader.name() else { return nil }
      return Answer(type: kind, text: name)
    default:
      return Answer(type: kind, text: Array(Self.name(ofType: kind).utf8))
    }
  }

  /// The name of a type of records, as IANA lists them; as RFC 3597 writes it where it is a
  /// rarer one.
  public static func name(ofType type: UInt16) -> String {
    let names: [UInt16: String] = [
      1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 13: "HINFO", 15: "MX", 16: "TXT",
      28: "AAAA", 33: "SRV", 35: "NAPTR", 39: "DNAME", 41: "OPT", 43: "DS", 44: "SSHFP",
      46: "RRSIG", 47: "NSEC", 48: "DNSKEY", 50: "NSEC3", 52: "TLSA", 64: "SVCB", 65: "HTTPS",
      251: "IXFR", 252: "AXFR", 255: "ANY", 257: "CAA",
    ]
    return names[type] ?? "TYPE\(type)"
  }

  /// The number of a type by its name or number.
  public static func type(named text: String) throws -> UInt16 {
    let name = text.uppercased()
    if let type = (0...UInt16(300)).first(where: { Self.name(ofType: $0) == name }) { return type }
    let digits = name.hasPrefix("TYPE") ? String(name.dropFirst(4)) : text
    guard let number = try? Parse.integer(digits, "", in: 1...UInt16.max) else {
      throw Parse.Reason(
        description: "a type is a name such as AAAA, or a number from 1 to 65535")
    }
    return number
  }

  /// The name of a response code (RFC 1035, 4.1.1, and those of IANA's list after it).
  public static func name(ofCode code: UInt8) -> String {
    let names = [
      "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET",
      "NXRRSET", "NOTAUTH", "NOTZONE",
    ]
    return names.indices.contains(Int(code)) ? names[Int(code)] : "RCODE\(code)"
  }

  /// Whether the name that was asked for is this domain or lies below it.
  public func isBelow(_ domain: [UInt8]) -> Bool {
    func lowered(_ name: some Sequence<UInt8>) -> [UInt8] {
      name.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
    }
    let name = lowered(question), end = lowered(domain)
    guard name.count > end.count else { return name == end }
    return name.suffix(end.count) == end[...] && name[name.count - end.count - 1] == 0x2e
  }

  private struct Reader {
    private let message: UnsafeRawBufferPointer
    var position = 0

    init(_ message: UnsafeRawBufferPointer) {
      self.message = message
    }

    var count: Int { message.count }

    mutating func number(_ size: Int) -> Int? {
      bytes(size)?.reduce(0) { $0 << 8 | Int($1) }
    }

    mutating func skip(_ size: Int) -> Bool {
      guard position + size <= message.count else { return false }
      position += size
      return true
    }

    mutating func bytes(_ size: Int) -> [UInt8]? {
      guard position + size <= message.count else { return nil }
      defer { position += size }
      return Array(message[position..<position + size])
    }

    /// A name with dots. A part may point back to a name before it; since each
    /// pointer goes further back, they end.
    mutating func name() -> [UInt8]? {
      var name: [UInt8] = []
      var size = 0
      var end: Int?
      var limit = position
      while let length = number(1), length > 0 {
        if length & 0xc0 == 0xc0 {
          guard let low = number(1) else { return nil }
          let target = (length & 0x3f) << 8 + low
          guard target < limit else { return nil }
          end = end ?? position
          position = target
          limit = target
          continue
        }
        guard length < 64, let label = bytes(length) else { return nil }
        size += length + 1
        // RFC 1035, 2.3.4
        guard size <= 254 else { return nil }
        if !name.isEmpty { name.append(UInt8(ascii: ".")) }
        for byte in label {
          if byte == UInt8(ascii: ".") || byte == UInt8(ascii: "\\") {
            name.append(UInt8(ascii: "\\"))
          }
          name.append(byte)
        }
      }
      guard position <= message.count else { return nil }
      position = end ?? position
      return name
    }
  }
}
