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
