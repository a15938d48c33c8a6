import Glibc
import TraceKit

/// A client that sends what it likes.
final class Client {
  private let descriptor: Int32

  /// - Parameter url: of the server, with an address of IPv4.
  init(_ url: String) throws {
    let port = url.split(separator: ":").last?.split(separator: "/").first.flatMap { UInt16($0) }
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = (port ?? 0).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw ToolError(.failure, "cannot connect: \(ErrorNumber.current)") }
  }

  deinit { close(descriptor) }

  @discardableResult
  func send(_ text: String) -> Client {
    let bytes = Array(text.utf8)
    _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    return self
  }

  /// What comes until the server closes the connection.
  func rest() -> String {
    var all: [UInt8] = []
    var bytes = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor, &bytes, bytes.count)
      guard count > 0 else { return String(decoding: all, as: UTF8.self) }
      all += bytes.prefix(count)
    }
  }
}
