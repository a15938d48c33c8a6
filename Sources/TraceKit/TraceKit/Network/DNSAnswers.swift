import CLinux
import Glibc

/// The names that this machine has looked up, from the answers that it received:
/// each address under the name that was asked for.
///
/// The answers are read from a packet socket of this network namespace, since no
/// stable hook of the kernel carries them. Answers over TCP, TLS or HTTPS are not
/// seen.
public final class DNSAnswers {
  private let socket: Int32
  private var names: [[UInt8]: [UInt8]] = [:]
  private var packet = [UInt8](repeating: 0, count: 4096)

  /// - Throws: ``ToolError`` where no packet socket can be made.
  public init() throws {
    socket = linux_dns_socket()
    guard socket >= 0 else {
      throw ToolError(
        .notPermitted,
        "--dns: cannot listen for answers: \(ErrorNumber.current); "
          + "it needs root or CAP_NET_RAW")
    }
  }

  /// Without a socket, for packets that are given to ``read(_:)``.
  init(recorded: Void) {
    socket = -1
  }

  deinit {
    if socket >= 0 { close(socket) }
  }

  /// The name that led to an address; nil where none did.
  public func name(of address: [UInt8]) -> [UInt8]? {
    while socket >= 0 {
      let count = recv(socket, &packet, packet.count, Int32(MSG_DONTWAIT))
      guard count > 0 else { break }
      packet.withUnsafeBytes { read(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
    return names[address]
  }

  /// Takes the addresses out of one IP packet with an answer.
  func read(_ packet: UnsafeRawBufferPointer) {
    guard let message = DNSMessage(inPacket: packet) else { return }
    for address in message.addresses { names[address] = message.question }
  }
}

/// An answer of DNS (RFC 1035), as far as it says which name has which address.
struct DNSMessage {
  let question: [UInt8]
  private(set) var addresses: [[UInt8]] = []

  /// - Parameter packet: an IP packet with UDP inside. A packet that is cut short
  ///   or says nonsense gives nil.
  init?(inPacket packet: UnsafeRawBufferPointer) {
    guard let first = packet.first else { return nil }
    let headerSize = first >> 4 == 4 ? Int(first & 0x0f) * 4 : 40
    var reader = Reader(packet, at: headerSize + 8)
    // Identifier; then a response with at least one question.
    guard reader.number(2) != nil, let flags = reader.number(2), flags & 0x8000 != 0,
      let questions = reader.number(2), questions == 1, let answers = reader.number(2),
      reader.skip(4), let name = reader.name(), reader.skip(4)
    else { return nil }
    question = name
    for _ in 0..<answers {
      guard reader.name() != nil, let type = reader.number(2), reader.skip(6),
        let size = reader.number(2), let data = reader.bytes(size)
      else { return }
      if (type == 1 && size == 4) || (type == 28 && size == 16) { addresses.append(data) }
    }
  }

  private struct Reader {
    private let packet: UnsafeRawBufferPointer
    private let start: Int
    private var position: Int

    init(_ packet: UnsafeRawBufferPointer, at start: Int) {
      self.packet = packet
      self.start = start
      position = start
    }

    mutating func number(_ size: Int) -> Int? {
      bytes(size)?.reduce(0) { $0 << 8 | Int($1) }
    }

    mutating func skip(_ size: Int) -> Bool { bytes(size) != nil }

    mutating func bytes(_ size: Int) -> [UInt8]? {
      guard position + size <= packet.count else { return nil }
      defer { position += size }
      return Array(packet[position..<position + size])
    }

    /// A name with dots. A part may point back to a name before it; since each
    /// pointer goes further back, they end.
    mutating func name() -> [UInt8]? {
      var name: [UInt8] = []
      var end: Int?
      var limit = position
      while let length = number(1), length > 0 {
        if length & 0xc0 == 0xc0 {
          guard let low = number(1) else { return nil }
          let target = start + (length & 0x3f) << 8 + low
          guard target < limit else { return nil }
          end = end ?? position
          position = target
          limit = target
          continue
        }
        guard let label = bytes(length) else { return nil }
        if !name.isEmpty { name.append(UInt8(ascii: ".")) }
        name.append(contentsOf: label)
      }
      guard position <= packet.count, name.count <= 255 else { return nil }
      position = end ?? position
      return name
    }
  }
}
