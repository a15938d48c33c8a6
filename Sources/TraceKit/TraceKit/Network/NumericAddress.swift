import Glibc

/// Addresses of the Internet Protocol as a person reads them.
enum NumericAddress {
  /// - Parameter bytes: 4 or 16, in network order.
  static func text(of bytes: [UInt8]) -> String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    _ = inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count))
    return text.withUnsafeBytes { String(decoding: $0.upToNUL, as: UTF8.self) }
  }
}
