import BPFObjects
import TraceKit

/// A library whose functions get and return what TLS sessions carry.
enum TLSLibrary: String, CaseIterable {
  case openssl, gnutls, nss

  /// How the kernel side calls it.
  var number: UInt8 {
    switch self {
    case .openssl: UInt8(TLS_OPENSSL.rawValue)
    case .gnutls: UInt8(TLS_GNUTLS.rawValue)
    case .nss: UInt8(TLS_NSS.rawValue)
    }
  }

  /// The functions that take data, and the program for the entry of each.
  private var functions: [(name: String, program: String)] {
    switch self {
    case .openssl:
      [
        ("SSL_write", "openssl_write_begins"), ("SSL_read", "openssl_read_begins"),
        ("SSL_write_ex", "openssl_write_ex_begins"), ("SSL_read_ex", "openssl_read_ex_begins"),
      ]
    case .gnutls:
      [
        ("gnutls_record_send", "gnutls_write_begins"),
        ("gnutls_record_recv", "gnutls_read_begins"),
      ]
    case .nss:
      [
        ("PR_Write", "nss_write_begins"), ("PR_Send", "nss_write_begins"),
        ("PR_Read", "nss_read_begins"), ("PR_Recv", "nss_read_begins"),
      ]
    }
  }

  private static let handshake = (name: "SSL_do_handshake", program: "openssl_handshake_begins")

  /// What is probed in the files that have functions of some of these libraries.
  static func functions(of libraries: [TLSLibrary], handshakes: Bool) -> LibraryFunctions {
    var functions = libraries.flatMap(\.functions)
    if handshakes, libraries.contains(.openssl) { functions.append(handshake) }
    return LibraryFunctions(
      Set(functions.map(\.name)), programs: Set(functions.map(\.program) + ["call_ends"])
    ) { [functions] _ in
      functions.flatMap { function in
        [
          FoundFunctions.Hook(function.program, at: function.name),
          FoundFunctions.Hook("call_ends", at: function.name, atReturn: true),
        ]
      }
    }
  }
}

/// A library that the user names, as `openssl:/opt/lib/libssl.so.3`.
struct NamedTLSLibrary: ExpressibleByArgument, CustomStringConvertible {
  let library: TLSLibrary
  let path: String

  var description: String { "\(library.rawValue):\(path)" }

  init?(argument: String) {
    let parts = argument.split(separator: ":", maxSplits: 1).map(String.init)
    guard parts.count == 2, let library = TLSLibrary(rawValue: parts[0]) else { return nil }
    self.library = library
    path = parts[1]
  }
}
