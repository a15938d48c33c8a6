import Glibc

/// Where metrics are served.
public enum Endpoint: Equatable, Sendable {
  /// An address and a port; port 0 is any that is free.
  case address(String, port: Int)
  /// A socket in the file system.
  case path(String)
  /// The first socket that systemd(1) passed.
  case systemd

  /// - Parameter text: `127.0.0.1:9400`, `[::1]:9400`, `unix:/run/metrics` or `systemd`.
  /// - Returns: nil where it is none of these.
  public init?(_ text: String) {
    if text == "systemd" {
      self = .systemd
    } else if text.hasPrefix("unix:") {
      let path = String(text.dropFirst("unix:".utf8.count))
      // What sockaddr_un has room for.
      guard !path.isEmpty, path.utf8.count < 108 else { return nil }
      self = .path(path)
    } else {
      guard let colon = text.lastIndex(of: ":") else { return nil }
      var host = text[..<colon]
      let port = text[text.index(after: colon)...]
      guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(port) else {
        return nil
      }
      if host.hasPrefix("["), host.hasSuffix("]") {
        host = host.dropFirst().dropLast()
        guard Self.isAddress(String(host), AF_INET6) else { return nil }
      } else {
        guard Self.isAddress(String(host), AF_INET) else { return nil }
      }
      self = .address(String(host), port: Int(port))
    }
  }

  private static func isAddress(_ text: String, _ family: Int32) -> Bool {
    var bytes = in6_addr()
    return inet_pton(family, text, &bytes) == 1
  }

  /// The descriptor that systemd passed to this process; nil: it passed none.
  /// See sd_listen_fds(3).
  static var passed: Int32? {
    func number(_ name: String) -> Int32? { getenv(name).flatMap { Int32(String(cString: $0)) } }
    guard number("LISTEN_PID") == getpid(), let count = number("LISTEN_FDS"), count > 0 else {
      return nil
    }
    let first: Int32 = 3
    guard fcntl(first, F_SETFD, FD_CLOEXEC) == 0 else { return nil }
    return first
  }
}
