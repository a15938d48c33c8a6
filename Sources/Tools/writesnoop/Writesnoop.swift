import BPFObjects
import TraceKit

@main
struct Writesnoop: RankedTool {
  static let configuration = CommandConfiguration.tool(
    "writesnoop", "Show who dirties which files, and how much is written to the disks.",
    examples: [
      ("writesnoop", "two tables every second: disks and files"),
      ("writesnoop 60 1", "who dirtied most within a minute"),
      ("writesnoop -C", "one table below the other"),
      ("writesnoop -d sdc", "one disk and the file systems on it"),
      ("writesnoop -p 181", "what process 181 dirties"),
      ("writesnoop 3600 -- make", "what a command dirties"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @Option(
    name: .shortAndLong, parsing: .unconditional, help: "Trace this disk only.",
    completion: .disk, transform: Disks.number(of:))
  var disk: Disks.Number?

  @OptionGroup var ranked: RankedOptions<Letters>

  static let recordType = "writes"
  static var image: ObjectImage { ObjectImage(writesnoop_image()) }
  // The disks come first, so that no limit of rows keeps them out.
  static let orders = [
    RankedOrder<Row>("dirtied", by: [isDisk, \.totals.dirtied, \.totals.written]),
    RankedOrder<Row>("written", by: [isDisk, \.totals.written, \.totals.dirtied]),
    RankedOrder<Row>("pid", key: "i", isAscending: true, by: [{ UInt64($0.key.pid) }]),
  ]

  private static let isDisk: @Sendable (Row) -> UInt64 = { UInt64($0.key.is_disk) }

  static func events(_ totals: writesnoop_totals) -> UInt64 { totals.events }

  /// Adds to each disk what is dirtied of the files on it.
  static func merged(
    _ rows: [(key: writesnoop_key, value: writesnoop_totals)]
  ) -> [(key: writesnoop_key, value: writesnoop_totals)] {
    var rows = rows
    var places: [Disks.Number: Int] = [:]
    for (place, row) in rows.enumerated() where row.key.is_disk != 0 {
      places[Disks.Number(row.value.disk)] = place
    }
    for (key, value) in rows where key.is_disk == 0 && value.disk.major != 0 {
      let number = Disks.Number(value.disk)
      if places[number] == nil {
        var disk = (key: writesnoop_key(), value: writesnoop_totals())
        disk.key.is_disk = 1
        disk.key.device = value.disk
        disk.value.disk = value.disk
        places[number] = rows.count
        rows.append(disk)
      }
      places[number].map { rows[$0].value.dirtied += value.dirtied }
    }
    return rows
  }

  var plans: [HookPlan] {
    [HookKind.typedTracepoint, .rawTracepoint].map { kind in
      let name = kind.rawValue
      return HookPlan(kind, ["\(name)_dirty_folio|\(name)_dirty_page", "\(name)_bio_queue"])
    }
  }

  func wireConfiguration() -> writesnoop_config {
    var config = writesnoop_config()
    config.disk.only(disk)
    return config
  }

  var columns: [Column<RankedRow<writesnoop_key, writesnoop_totals>>] {
    Self.columns(file: .shown, disk: .shown)
  }

  var tables: [TablePart<RankedRow<writesnoop_key, writesnoop_totals>>] {
    [
      TablePart(Self.columns(file: .hidden, disk: .shown)) { !$0.isFile },
      TablePart(Self.columns(file: .shown, disk: .hidden)) { $0.isFile },
    ]
  }

  /// - Parameters:
  ///   - file: when what only files have is printed.
  ///   - disk: the same for disks.
  private static func columns(
    file: Column<RankedRow<writesnoop_key, writesnoop_totals>>.Presence,
    disk: Column<RankedRow<writesnoop_key, writesnoop_totals>>.Presence
  ) -> [Column<RankedRow<writesnoop_key, writesnoop_totals>>] {
    [
      Column("time", "TIME", width: 8, presence: .hidden) { $1.time($0.time) },
      Column("pid", "PID", width: 7, presence: file) {
        $1.integerOrNone($0.isFile ? $0.key.pid : nil)
      },
      Column("uid", "UID", width: 6, presence: .hidden) {
        $1.integerOrNone($0.isFile ? $0.totals.uid : nil)
      },
      Column("comm", "COMM", width: 16, presence: file, role: .key) {
        guard $0.isFile else { return $1.none() }
        $1.text(cString: $0.key.comm)
      },
      Column("device", "DEV", width: 8, isCut: true, role: .key) { row, cell in
        if !row.isFile || row.totals.is_device != 0 {
          cell.disk(row.key.device)
        } else {
          cell.text(cString: row.totals.device)
        }
      },
      Column("disk", "DISK", width: 8, presence: .hidden, role: .key) { row, cell in
        if row.totals.disk.major == 0 { cell.none() } else { cell.disk(row.totals.disk) }
      },
      Column("dirtied_bytes", "DIRTIED_KB", width: 10, alignment: .right) {
        $1.kilobytes($0.totals.dirtied << UInt64(Pages.shift))
      },
      Column("dirtied_pages", "PAGES", width: 8, alignment: .right, presence: .hidden) {
        $1.integer($0.totals.dirtied)
      },
      Column("written_bytes", "WRITTEN_KB", width: 10, alignment: .right, presence: disk) {
        if $0.isFile { return $1.none() }
        $1.kilobytes($0.totals.written)
      },
      Column("flushed_bytes", "FLUSHED_KB", width: 10, alignment: .right, presence: disk) {
        if $0.isFile { return $1.none() }
        $1.kilobytes($0.totals.flushed)
      },
      Column("inode", "INODE", width: 10, presence: .hidden) {
        $1.integerOrNone($0.isFile ? $0.key.inode : nil)
      },
      Column("path", "FILE", width: 0, presence: file) { row, cell in
        guard row.isFile else { return cell.none() }
        cell.path(
          row.totals.path,
          orWords: row.totals.is_device != 0 ? "[device]" : "[inode \(row.key.inode)]")
      },
    ]
  }
}

extension RankedRow where Key == writesnoop_key {
  /// Whether it is the row of a file; else of a disk.
  fileprivate var isFile: Bool { key.is_disk == 0 }
}

extension writesnoop_config: @retroactive ConfigurationLayout {}
