public import Wire

/// An event with a path after its fixed part.
public protocol PathLayout: EventLayout {
  var path: event_path { get }
}

extension Column where Row: ~Copyable & ~Escapable {
  /// The path, and whether it is all of it.
  public static func path<Event: PathLayout & BitwiseCopyable>(
    presence: Presence = .shown
  ) -> [Column] where Row == Record<Event> {
    [
      Column("path", "PATH", width: 0, presence: presence) { record, cell in
        let path = record.event.path
        record.withTexts(path.size, path.base_size) {
          cell.path($0, below: $1, isCut: path.cut != 0)
        }
      },
      Column("truncated", "CUT", width: 3, presence: .hidden) {
        $1.bool($0.event.path.cut != 0)
      },
    ]
  }
}
