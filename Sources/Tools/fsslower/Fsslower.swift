import BPFObjects
import TraceKit

@main
struct Fsslower: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "fsslower", "Trace slow file operations.",
    examples: [
      ("fsslower", "slower than 10 ms, on all file systems"),
      ("fsslower -t ext4", "ext4 only"),
      ("ext4slower", "the same"),
      ("fsslower -m 1 -t xfs", "slower than 1 ms, on xfs"),
      ("fsslower -m 0", "all, however fast"),
      ("fsslower -t nfs -p 1216", "process 1216 only"),
      ("fsslower -c -d 1", "for one second, as CSV"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let duration: Character? = "d"
  }

  @Argument(
    help: "Show operations that take at least this many milliseconds (10).",
    transform: Parse.milliseconds)
  var least: UInt64?

  @Option(
    name: .shortAndLong, parsing: .unconditional, help: "The same as the argument.",
    transform: Parse.milliseconds)
  var min: UInt64?

  @Flag(name: .shortAndLong, help: "Short for --format csv.")
  var csv = false

  @OptionGroup var fileSystems: FileSystemOptions
  @OptionGroup var stream: StreamOptions<Letters>

  func validate() throws {
    if least != nil, min != nil { throw ValidationError("--min is given twice.") }
    if csv { try stream.run.prefer(.csv, by: "--csv") }
  }

  static let recordType = "operation"
  static var image: ObjectImage { ObjectImage(fsslower_image()) }

  var plans: [HookPlan] { FileOperation.plans }

  func wireConfiguration() throws -> fsslower_config {
    var config = fsslower_config()
    config.filesystems = try fileSystems.wire()
    config.least_ns = least ?? min ?? 10_000_000
    return config
  }

  private static func operation(_ record: borrowing Record<fsslower_event>) -> FileOperation? {
    FileOperation(rawValue: record.event.operation)
  }

  private static func bytes(_ record: borrowing Record<fsslower_event>) -> Int64 {
    operation(record)?.movesBytes == true ? Swift.max(record.event.result, 0) : 0
  }

  var columns: [Column<Record<fsslower_event>>] {
    [
      .time(presence: .shown),
      .comm(),
      .pid(width: 7),
      Column("operation", "T", width: 1, role: .key) { record, cell in
        let operation = Self.operation(record)
        cell.text(operation?.name ?? "", table: operation?.letter)
      },
      Column("bytes", "BYTES", width: 7, role: .total) { $1.integer(Self.bytes($0)) },
      Column("offset_bytes", "OFF_KB", width: 8, role: .detail) { $1.kilobytes($0.event.offset) },
      Column("latency_us", "LAT(ms)", width: 9, alignment: .right) {
        $1.milliseconds(nanoseconds: $0.event.duration_ns)
      },
    ] + Column.identity() + [
      Column("filesystem", "FS", width: 8, presence: .hidden, role: .key) {
        $1.text(cString: $0.event.filesystem)
      },
      Column("error", "ERROR", width: 12, presence: .hidden, role: .key) {
        $1.error(Int32(clamping: 0 - Swift.min($0.event.result, 0)))
      },
      Column("file", "FILENAME", width: 0) { $1.text(cString: $0.event.name) },
    ]
  }
}

extension fsslower_config: @retroactive ConfigurationLayout {}
extension fsslower_event: @retroactive EventLayout {}
