import BPFObjects
import Glibc
import TraceKit

@main
struct Ttysnoop: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "ttysnoop", "Show what is written to terminals.",
    examples: [
      ("ttysnoop", "all terminals, a line for each write"),
      ("ttysnoop 2", "/dev/pts/2 only"),
      ("ttysnoop /dev/tty1", "the first console"),
      ("ttysnoop --raw 2", "as it looks there"),
      ("ttysnoop -p 181", "what process 181 writes"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @Argument(
    help: "Show this terminal only: a path, a name in /dev, or the number of one in /dev/pts.")
  var device: String?

  @Flag(
    name: .shortAndLong, help: "Print what is written as it is, control characters included.")
  var raw = false

  @Flag(
    name: [.customShort("C"), .long],
    help: "Do not clear the screen before what is printed as it is.")
  var noclear = false

  @Option(
    name: [.customShort("s"), .long], parsing: .unconditional,
    help: "Show so many bytes of a write, times --datacount.",
    transform: { try Parse.integer($0, "a number of bytes", in: 1...65_536) })
  var datasize: UInt32 = 256

  @Option(
    name: [.customShort("c"), .long], parsing: .unconditional,
    help: "Show so many times --datasize of a write.",
    transform: { try Parse.integer($0, "a number", in: 1...65_536) })
  var datacount: UInt32 = 16

  @OptionGroup var stream: StreamOptions<Letters>

  private static let most = UInt64(TTY_PIECE_SIZE * TTY_MOST_PIECES)

  private var limit: UInt64 { UInt64(datasize) * UInt64(datacount) }

  func validate() throws {
    if raw, device == nil, !stream.onlyAnswers {
      throw ValidationError("--raw needs a terminal.")
    }
    if raw, stream.run.outputFormat != .table {
      throw ValidationError("--raw conflicts with JSON and CSV.")
    }
    if limit > Self.most {
      throw ValidationError("--datasize times --datacount must be at most \(Self.most).")
    }
  }

  static let recordType = "write"
  static var image: ObjectImage { ObjectImage(ttysnoop_image()) }

  var plans: [HookPlan] {
    HookPlan.systemCallExits(
      of: ["write", "writev", "pwritev2"], needsTypes: true, areFrequent: true)
  }

  func wireConfiguration() throws -> ttysnoop_config {
    var config = ttysnoop_config()
    config.limit = UInt32(limit)
    config.own = .current
    if let device {
      let device = try TerminalDevice(device)
      config.device = device.number
      config.file_system = device.fileSystem
    }
    return config
  }

  var mirror: ((borrowing Record<ttysnoop_event>, OutputBuffer) -> Void)? {
    guard raw else { return nil }
    var isFirst = !noclear && isatty(STDOUT_FILENO) == 1
    return { record, out in
      if isFirst { out.append("\u{1b}[2J\u{1b}[H") }
      isFirst = false
      record.withTail(count: Int(record.event.size)) { out.append(bytes: $0) }
    }
  }

  var columns: [Column<Record<ttysnoop_event>>] {
    [
      .time(presence: .shown),
      .uid(width: 5, presence: .hidden),
      .pid(width: 7),
      .comm(),
      Column("tty", "TTY", width: 8, presence: .when(device == nil)) {
        $1.text(TerminalDevice.name(of: $0.event.device))
      },
      Column("bytes", "BYTES", width: 5, alignment: .right, role: .total) {
        $1.integer($0.event.size)
      },
      Column("cut", "CUT", width: 3, presence: .hidden) { $1.bool($0.event.cut != 0) },
    ] + Column.identity() + [
      Column("data", "DATA", width: 0) { row, cell in
        row.withTail(count: Int(row.event.size)) { cell.text($0) }
      }
    ]
  }
}

extension ttysnoop_config: @retroactive ConfigurationLayout {}
extension ttysnoop_event: @retroactive EventLayout {}
