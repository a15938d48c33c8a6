import BPFObjects
import TraceKit

@main
struct Sslsniff: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "sslsniff", "Show what TLS sessions carry, in plain text.",
    examples: [
      ("sslsniff", "OpenSSL, GnuTLS and NSS in all processes"),
      ("sslsniff -p 181", "process 181 only"),
      ("sslsniff -c curl --hexdump", "processes named curl, in hexadecimal"),
      ("sslsniff -l --handshake", "with durations, and handshakes of OpenSSL"),
      ("sslsniff --extra-lib openssl:/opt/lib/libssl.so.3", "one more library"),
      ("sslsniff -- curl https://example.org", "a command"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let uid: Character? = "u"
    static let comm: Character? = "c"
  }

  @Flag(name: [.customShort("x"), .long], help: "Show user and thread.")
  var extra = false

  @Flag(name: [.customShort("o"), .customLong("no-openssl")], help: "Leave out OpenSSL.")
  var noOpenSSL = false

  @Flag(name: [.customShort("g"), .customLong("no-gnutls")], help: "Leave out GnuTLS.")
  var noGnuTLS = false

  @Flag(name: [.customShort("n"), .customLong("no-nss")], help: "Leave out NSS.")
  var noNSS = false

  @Flag(name: .shortAndLong, help: "Show how long each call took.")
  var latency = false

  @Flag(help: "Show handshakes of OpenSSL too.")
  var handshake = false

  @Flag(help: "Show data in hexadecimal instead of as text.")
  var hexdump = false

  @Option(
    name: .customLong("max-buffer-size"), parsing: .unconditional,
    help: "Show so many bytes of a call.",
    transform: { try Parse.integer($0, "a number of bytes", in: 0...UInt32(TLS_MOST_BYTES)) })
  var limit: UInt32 = 8192

  @Option(
    name: .customLong("extra-lib"),
    help: "Trace this file too: openssl, gnutls or nss, a colon, and its path.")
  var extraLibraries: [NamedTLSLibrary] = []

  @Flag(
    name: [.customShort("d"), .long],
    help: "Accepted for compatibility with bcc; --verbose reports what is traced.")
  var debug = false

  @OptionGroup var stream: StreamOptions<Letters>

  private var libraries: [TLSLibrary] {
    zip(TLSLibrary.allCases, [noOpenSSL, noGnuTLS, noNSS]).filter { !$1 }.map(\.0)
  }

  func validate() throws {
    if libraries.isEmpty, extraLibraries.isEmpty {
      throw ValidationError("--no-openssl, --no-gnutls and --no-nss leave nothing to trace.")
    }
    for library in extraLibraries where !File.exists(library.path) {
      throw ValidationError("--extra-lib \(library): there is no such file.")
    }
  }

  static let recordType = "tls"
  static let greatestEvent = Int(TLS_MOST_BYTES) + 4096
  static var image: ObjectImage { ObjectImage(sslsniff_image()) }

  var plans: [HookPlan] {
    get throws {
      [
        try HookPlan.libraries(
          TLSLibrary.functions(of: libraries, handshakes: handshake),
          and: extraLibraries.map {
            ($0.path, TLSLibrary.functions(of: [$0.library], handshakes: handshake))
          },
          named: "--extra-lib", searches: !libraries.isEmpty, tool: Self.name,
          filter: stream.filter,
          run: stream.run)
      ]
    }
  }

  func wireConfiguration() -> sslsniff_config {
    var config = sslsniff_config()
    config.limit = limit
    return config
  }

  var columns: [Column<Record<sslsniff_event>>] {
    [
      .time(presence: .hidden),
      Column("function", "FUNC", width: 12, role: .key) { $1.operation(of: $0.event) },
      .elapsed(width: 18, decimals: 9, presence: .shown),
      .comm(),
      .pid(width: 7),
      Column("length", "LEN", width: 6, alignment: .right) { $1.integer($0.event.size) },
      .uid(width: 7, presence: .when(extra)),
      .tid(width: 7, presence: .when(extra)),
      Column("latency_ms", "LAT(ms)", width: 7, alignment: .right, presence: .when(latency)) {
        $1.milliseconds($0.event.latency_ns)
      },
      Column("library", "LIB", width: 7, presence: .hidden) { row, cell in
        let library = TLSLibrary.allCases.first { $0.number == row.event.library }
        cell.textOrNone(library?.rawValue)
      },
      Column("cut_bytes", "CUT", width: 6, alignment: .right, presence: .hidden) {
        $1.integer($0.event.cut)
      },
    ] + Column.identity(except: ["tid"]) + [
      Column("data", "", width: 0) { [hexdump] row, cell in
        let event = row.event
        guard UInt32(event.operation) != TLS_HANDSHAKE.rawValue else {
          return cell.none(table: "")
        }
        row.withTail(count: Int(event.taken)) {
          cell.dataBlock($0, missing: event.cut, isHexadecimal: hexdump)
        }
      }
    ]
  }
}

extension sslsniff_event {
  /// How many bytes of the call are not shown.
  fileprivate var cut: UInt64 { size > UInt64(taken) ? size - UInt64(taken) : 0 }
}

extension Cell {
  fileprivate func operation(of event: sslsniff_event) {
    switch UInt32(event.operation) {
    case TLS_WRITE.rawValue: literal("write", table: "WRITE/SEND")
    case TLS_READ.rawValue: literal("read", table: "READ/RECV")
    default: literal("handshake", table: "HANDSHAKE")
    }
  }
}

extension sslsniff_config: @retroactive ConfigurationLayout {}
extension sslsniff_event: @retroactive EventLayout {}
