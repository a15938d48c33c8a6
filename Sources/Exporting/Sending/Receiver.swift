import TraceKit

/// Who gets metrics and logs by OTLP over HTTP.
public struct Receiver: Equatable, Sendable {
  let host: String
  let port: Int
  /// Of the URL, without a slash at its end.
  let path: String
  /// The value of `Host`.
  let authority: String

  /// - Parameter url: such as `http://127.0.0.1:4318`.
  /// - Throws: `ValidationError` where it is none that can be sent to.
  public init(_ url: String) throws {
    let scheme = "http://"
    guard url.hasPrefix(scheme) else {
      let reason =
        url.hasPrefix("https://")
        ? "has TLS, which is not supported: send to a collector on this host"
        : "does not begin with http://"
      throw ValidationError("--otlp: '\(url)' \(reason).")
    }
    let isPlain = url.unicodeScalars.allSatisfy { $0.isASCII && $0.value > 0x20 && $0 != "\u{7f}" }
    let rest = url.dropFirst(scheme.count)
    let authority = rest.prefix { $0 != "/" }
    var path = rest.dropFirst(authority.count)
    while path.last == "/" { path = path.dropLast() }
    let (host, port) = Self.split(authority)
    guard isPlain, let host, !host.isEmpty, let port, !authority.contains("@"),
      !path.contains(where: { $0 == "?" || $0 == "#" })
    else {
      throw ValidationError("--otlp: '\(url)' is no URL such as http://127.0.0.1:4318.")
    }
    self.host = String(host)
    self.port = port
    self.path = String(path)
    self.authority = String(authority)
  }

  /// The host, and the port, which is 4318 where none is given.
  private static func split(_ authority: Substring) -> (host: Substring?, port: Int?) {
    var host = authority
    var port: Int? = 4318
    let end = authority.first == "[" ? authority.firstIndex(of: "]") : nil
    if let colon = (end.map { authority[$0...] } ?? authority[...]).lastIndex(of: ":") {
      host = authority[..<colon]
      port = UInt16(authority[authority.index(after: colon)...]).map(Int.init)
    }
    if host.first == "[" {
      guard host.last == "]" else { return (nil, nil) }
      host = host.dropFirst().dropLast()
    }
    return (host, port == 0 ? nil : port)
  }
}
