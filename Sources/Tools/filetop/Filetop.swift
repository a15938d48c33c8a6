import BPFObjects
import TraceKit

@main
struct Filetop: RankedTool {
  static let configuration = CommandConfiguration.tool(
    "filetop", "Show which files are read and written most, and by whom.",
    examples: [
      ("filetop", "a table every second"),
      ("filetop 5 10", "ten tables of 5 seconds"),
      ("filetop -C", "one table below the other"),
      ("filetop -p 1216", "process 1216 only"),
      ("filetop -s wbytes -r 5", "the 5 that were written most"),
      ("filetop -d /var/lib", "files below a directory only"),
      ("filetop -a", "pipes, sockets and devices too"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @Flag(
    name: [.customShort("a"), .long, .customLong("all-files")],
    help: "Count pipes, sockets, devices and all other files too.")
  var all = false

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Count files in this directory and below it only.", completion: .directory,
    transform: DirectorySet.one)
  var directory: DirectorySet?

  @Flag(help: "Count reads only.")
  var readOnly = false

  @Flag(help: "Count writes only.")
  var writeOnly = false

  @OptionGroup var ranked: RankedOptions<Letters>

  func validate() throws {
    if readOnly, writeOnly {
      throw ValidationError("--read-only and --write-only cannot be combined.")
    }
  }

  static let recordType = "file"
  static var image: ObjectImage { ObjectImage(filetop_image()) }
  static let orders: [RankedOrder<Row>] = RankedOrder.transfers(\.moved)

  static func events(_ totals: filetop_totals) -> UInt64 {
    totals.moved.reads + totals.moved.writes
  }

  var plans: [HookPlan] { HookPlan.transfers }

  func wireConfiguration() -> filetop_config {
    var config = filetop_config()
    if let directory { config.directories = directory.wire }
    config.all_types = all ? 1 : 0
    config.directions = UInt32((writeOnly ? 0 : TRANSFER_READ) | (readOnly ? 0 : TRANSFER_WRITTEN))
    return config
  }

  func attached(_ object: LoadedObject) throws { try directory?.enroll(in: object) }

  var columns: [Column<RankedRow<filetop_key, filetop_totals>>] {
    [
      Column("time", "TIME", width: 8, presence: .hidden) { $1.time($0.time) },
      Column("pid", "PID", width: 7, presence: .hidden) { $1.integer($0.key.pid) },
      Column("tid", "TID", width: 7) { $1.integer($0.key.tid) },
      Column("comm", "COMM", width: 16, role: .key) { $1.text(cString: $0.totals.comm) },
    ] + Column.transfers(\.moved) + [
      Column("file_type", "T", width: 1, role: .key) { $1.fileType($0.key.type) },
      Column("device", "DEV", width: 7, presence: .hidden, role: .key) {
        $1.text("\($0.key.device >> 20):\($0.key.device & 0xfffff)")
      },
      Column("inode", "INODE", width: 10, presence: .hidden) { $1.integer($0.key.inode) },
      Column("file", "FILE", width: 0) { $1.fileName($0.totals.name) },
    ]
  }
}

extension filetop_config: @retroactive ConfigurationLayout {}
