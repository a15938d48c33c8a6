/// An event at the exit of a system call.
public protocol SystemCallLayout: EventLayout {
  /// The number of the call, of a 64-bit program.
  var number: UInt32 { get }
  /// What it returned: at least 0, or minus an errno.
  var result: Int64 { get }
}

extension SystemCallLayout {
  /// Minus the name of the errno, such as `-ENOENT`; nil where the call did not fail.
  public var failure: String? {
    result < 0 ? "-" + ErrorNumber(rawValue: Int32(truncatingIfNeeded: 0 &- result)).name : nil
  }
}

extension Column where Row: ~Copyable & ~Escapable {
  /// The name of the call.
  public static func systemCall<Event: SystemCallLayout & BitwiseCopyable>(
    _ name: String, _ header: String, width: Int, presence: Presence = .shown
  ) -> Column where Row == Record<Event> {
    Column(name, header, width: width, presence: presence, role: .key) {
      let number = $0.event.number
      $1.text(SystemCalls.name(of: number) ?? "[\(number)]")
    }
  }

  /// What it returned, -1 where it failed, and its errno, 0 where it did not.
  public static func outcome<Event: SystemCallLayout & BitwiseCopyable>(
    presence: Presence = .shown
  ) -> [Column] where Row == Record<Event> {
    [
      Column("ret", "RET", width: 4, presence: presence) { $1.integer(max($0.event.result, -1)) },
      Column("err", "ERR", width: 4, presence: presence, role: .key) {
        $1.integer(max(0 &- $0.event.result, 0))
      },
    ]
  }

  /// The same, of which a person sees one column: what it returned, or how it failed.
  ///
  /// - Parameters:
  ///   - width: in the table.
  ///   - alignment: in the table.
  ///   - text: what a person sees.
  public static func outcome<Event: SystemCallLayout & BitwiseCopyable>(
    width: Int, alignment: Alignment = .left, table text: @escaping @Sendable (Event) -> String
  ) -> [Column] where Row == Record<Event> {
    [
      Column("ret", "RET", width: width, alignment: alignment) {
        $1.integer(max($0.event.result, -1), table: text($0.event))
      },
      Column("err", "ERR", width: 4, presence: .hidden, role: .key) {
        $1.integer(max(0 &- $0.event.result, 0))
      },
    ]
  }
}
