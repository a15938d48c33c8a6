import BPFObjects
import TraceKit

@main
struct Shmsnoop: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "shmsnoop", "Trace system calls on System V shared memory.",
    examples: [
      ("shmsnoop", "trace all of them"),
      ("shmsnoop -T", "with the seconds since the start"),
      ("shmsnoop -p 181", "process 181 only"),
      ("shmsnoop -t 123", "thread 123 only"),
      ("shmsnoop -d 10", "for 10 seconds"),
      ("shmsnoop -n main", "commands whose name contains main"),
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

  static let recordType = "call"
  static var image: ObjectImage { ObjectImage(shmsnoop_image()) }

  var plans: [HookPlan] {
    HookPlan.systemCallExits(of: ["shmget", "shmat", "shmdt", "shmctl"])
  }

  func wireConfiguration() -> shmsnoop_config { shmsnoop_config() }

  var columns: [Column<Record<shmsnoop_event>>] {
    [
      .time(presence: .hidden),
      .elapsed(width: 14, decimals: 9, presence: .when(timestamp)),
      .uid(width: 7, presence: .hidden),
      .pid(),
      .comm(),
      Column("call", "SYS", width: 6, role: .key) {
        let name = SystemCalls.name(of: $0.event.number) ?? "[\($0.event.number)]"
        $1.text(name, table: name.uppercased())
      },
    ]
      + Column.outcome(width: 12, alignment: .right) { $0.failure ?? String($0.result, radix: 16) }
      + Column.identity() + [
        Column("key", "KEY", width: 10, presence: .hidden) {
          $1.hexadecimal(SharedMemoryCall($0.event).key)
        },
        Column("size", "SIZE", width: 10, presence: .hidden) {
          $1.integerOrNone(SharedMemoryCall($0.event).size)
        },
        Column("shmid", "SHMID", width: 10, presence: .hidden) {
          $1.integerOrNone(SharedMemoryCall($0.event).segment)
        },
        Column("shmaddr", "SHMADDR", width: 14, presence: .hidden) {
          $1.hexadecimal(SharedMemoryCall($0.event).address)
        },
        Column("shmflg", "SHMFLG", width: 14, presence: .hidden) {
          $1.textOrNone(SharedMemoryCall($0.event).flagNames)
        },
        Column("cmd", "CMD", width: 8, presence: .hidden) {
          $1.textOrNone(SharedMemoryCall($0.event).commandName)
        },
        Column("buf", "BUF", width: 14, presence: .hidden) {
          $1.hexadecimal(SharedMemoryCall($0.event).buffer)
        },
        Column("args", "ARGs", width: 0) { $1.text(SharedMemoryCall($0.event).line) },
      ]
  }
}

extension shmsnoop_config: @retroactive ConfigurationLayout {}
extension shmsnoop_event: @retroactive SystemCallLayout {}
