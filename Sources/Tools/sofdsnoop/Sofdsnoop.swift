import BPFObjects
import TraceKit

@main
struct Sofdsnoop: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "sofdsnoop", "Trace file descriptors that are passed over Unix sockets.",
    examples: [
      ("sofdsnoop", "trace all of them"),
      ("sofdsnoop -T", "with the seconds since the start"),
      ("sofdsnoop -p 181", "process 181 only"),
      ("sofdsnoop -t 123", "thread 123 only"),
      ("sofdsnoop -d 10", "for 10 seconds"),
      ("sofdsnoop -n main", "commands whose name contains main"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let tid: Character? = "t"
    static let name: Character? = "n"
    static let duration: Character? = "d"
  }

  @Flag(name: [.customShort("T"), .long], help: "Print the seconds since the start.")
  var timestamp = false

  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "descriptor"
  static var image: ObjectImage { ObjectImage(sofdsnoop_image()) }

  var plans: [HookPlan] {
    HookPlan.systemCallExits(
      of: ["sendmsg", "recvmsg", "sendmmsg", "recvmmsg"], needsTypes: true)
  }

  func wireConfiguration() -> sofdsnoop_config { sofdsnoop_config() }

  var columns: [Column<Record<sofdsnoop_event>>] {
    [
      .time(presence: .hidden),
      .elapsed(width: 14, decimals: 9, presence: .when(timestamp)),
      .uid(width: 7, presence: .hidden),
      .pid(presence: .hidden),
      Column("action", "ACTION", width: 6, role: .key) {
        if $0.event.has(PASSED_RECEIVED) {
          $1.literal("recv", table: "RECV")
        } else {
          $1.literal("send", table: "SEND")
        }
      },
      .tid(width: 6, presence: .shown),
      .comm(),
      Column("socket", "SOCKET", width: 21) {
        let event = $0.event
        $1.integer(Int64(event.socket), table: "\(event.socket):socket:[\(event.socket_inode)]")
      },
      Column("fd", "FD", width: 5) { $1.integer($0.event.descriptor) },
    ] + Column.identity(except: ["tid"]) + [
      Column("name", "NAME", width: 0) { $1.name(of: $0) },
      Column("inode", "INODE", width: 10, presence: .hidden) { $1.integer($0.event.inode) },
      Column("socket_inode", "SOCKINODE", width: 10, presence: .hidden) {
        $1.integer($0.event.socket_inode)
      },
      Column("deleted", "DEL", width: 3, presence: .hidden) {
        $1.bool($0.event.has(PASSED_DELETED))
      },
      Column("peek", "PEEK", width: 4, presence: .hidden) { $1.bool($0.event.has(PASSED_PEEKED)) },
      .systemCall("call", "CALL", width: 8, presence: .hidden),
      Column("truncated", "CUT", width: 3, presence: .hidden) {
        $1.bool($0.event.path.cut != 0)
      },
    ]
  }
}

extension sofdsnoop_event {
  fileprivate func has(_ flag: Int32) -> Bool { flags & UInt32(flag) != 0 }

  /// The call succeeded, or nothing would have been passed.
  public var result: Int64 { 0 }
}

extension Cell {
  /// What the descriptor is of, as in /proc/PID/fd.
  fileprivate func name(of record: borrowing Record<sofdsnoop_event>) {
    let event = record.event
    // linux/magic.h
    switch event.magic {
    case 0x534f_434b: return text("socket:[\(event.inode)]")
    case 0x5049_5045: return text("pipe:[\(event.inode)]")
    case 0x5049_4446: return text("anon_inode:[pidfd]")
    default: break
    }
    record.withTexts(event.path.size, event.path.base_size) { path, names in
      guard event.has(PASSED_PSEUDO) else {
        return self.path(path, below: names, isCut: event.path.cut != 0)
      }
      let name = path.upToNUL
      guard !name.isEmpty else { return none() }
      // A file in memory only, or one that is no file of a file system.
      let prefix = event.magic == 0x0904_1934 ? "anon_inode:" : "/"
      (Array(prefix.utf8) + name).withUnsafeBytes { text($0) }
    }
  }
}

extension sofdsnoop_config: @retroactive ConfigurationLayout {}
extension sofdsnoop_event: @retroactive SystemCallLayout {}
