import Wire

/// What is pinned under a name, and what it costs.
public struct PinRow: Sendable {
  /// A pinned program, and what the kernel counted of it.
  struct Program: Sendable {
    let pin: String
    let name: String
    let statistics: ProgramStatistics
  }

  /// What a whole pin is.
  struct Content: Sendable {
    let tool: String
    let commandLine: String
    let start: UInt64
    /// Events that can be printed, that were overwritten, and that were lost.
    let held, overwritten, lost: UInt64
    let mapBytes: UInt64
  }

  public let name: String
  /// Nil for what is no pin of this version, or not a whole one.
  let content: Content?
  let programs: [Program]

  private init(_ directory: PinDirectory) {
    name = directory.name
    programs = PinnedPrograms(in: directory).all.map {
      Program(pin: directory.name, name: $0.name, statistics: $0.statistics)
    }
    guard let pin = try? Pin(directory), let maps = try? RecorderMaps(pin) else {
      content = nil
      return
    }
    let snapshot = RecorderSnapshot(maps)
    content = Content(
      tool: pin.tool, commandLine: pin.commandLine, start: pin.meta.start_ns,
      held: UInt64(snapshot.count), overwritten: snapshot.overwritten,
      lost: snapshot.ledger.lost, mapBytes: pin.meta.map_bytes)
  }

  /// All that are there; none where this user may not look.
  public static func all() -> [PinRow] { PinDirectory.all().map { PinRow($0) } }

  private func sum(_ count: KeyPath<ProgramStatistics, UInt64>) -> UInt64 {
    programs.reduce(0) { $0 &+ $1.statistics[keyPath: count] }
  }

  static let columns: [Column<PinRow>] = [
    Column("pin", "PIN", width: 12) { $1.text($0.name) },
    Column("tool", "TOOL", width: 12) { $1.textOrNone($0.content?.tool) },
    Column("since", "SINCE", width: 8) { row, cell in
      if let content = row.content { cell.time(content.start) } else { cell.none() }
    },
    Column("events", "EVENTS", width: 8) { $1.integerOrNone($0.content?.held) },
    Column("overwritten", "OVERWRITTEN", width: 11) { $1.integerOrNone($0.content?.overwritten) },
    Column("lost", "LOST", width: 6) { $1.integerOrNone($0.content?.lost) },
    Column("map_bytes", "MEMORY", width: 9) { $1.integerOrNone($0.content?.mapBytes) },
    Column("runs", "RUNS", width: 8) { $1.integer($0.sum(\.runs)) },
    Column("run_time_ns", "RUN ns", width: 10) { $1.integer($0.sum(\.nanoseconds)) },
    Column("arguments", "ARGUMENTS", width: 0) { $1.textOrNone($0.content?.commandLine) },
  ]

  static let programColumns: [Column<Program>] = [
    Column("pin", "PIN", width: 12) { $1.text($0.pin) },
    Column("program", "PROGRAM", width: 16) { $1.text($0.name) },
    Column("runs", "RUNS", width: 8) { $1.integer($0.statistics.runs) },
    Column("run_time_ns", "RUN ns", width: 10) { $1.integer($0.statistics.nanoseconds) },
  ]
}
