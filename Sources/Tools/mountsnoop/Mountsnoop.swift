import BPFObjects
import TraceKit

@main
struct Mountsnoop: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "mountsnoop", "Trace system calls that mount and unmount file systems.",
    examples: [
      ("mountsnoop", "trace all of them"),
      ("mountsnoop -t", "with the time of day"),
      ("mountsnoop -d", "a line for each argument"),
      ("mountsnoop -p 1216", "process 1216 only"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @Flag(name: .shortAndLong, help: "Print a time column (HH:MM:SS).")
  var timestamp = false

  @Flag(name: .shortAndLong, help: "Print a line for each argument, and the latency.")
  var detailed = false

  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "call"
  static var image: ObjectImage { ObjectImage(mountsnoop_image()) }

  var isVertical: Bool { detailed }

  var plans: [HookPlan] {
    HookPlan.systemCallPairs(of: [
      "mount", "umount2", "fsopen", "fsconfig", "fsmount", "move_mount", "fspick", "open_tree",
      "mount_setattr", "open_tree_attr",
    ])
  }

  func wireConfiguration() -> mountsnoop_config { mountsnoop_config() }

  var columns: [Column<Record<mountsnoop_event>>] {
    [
      .time(presence: .when(timestamp)),
      .uid(width: 7, presence: .hidden),
      .comm(),
      .pid(width: 7),
      .tid(width: 7, presence: .shown),
      Column("op", "OP", width: 14, presence: .when(detailed), role: .key) {
        let name = MountCall($0).name
        $1.text(name, table: name.uppercased())
      },
      Column("ret", "RET", width: 8, presence: .when(detailed)) {
        $1.integer(max($0.event.result, -1), table: $0.event.outcome)
      },
      Column("err", "ERR", width: 4, presence: .hidden, role: .key) {
        $1.integer(max(0 &- $0.event.result, 0))
      },
      Column(
        "latency_us", "LAT(us)", width: 12, alignment: .right, presence: .when(detailed)
      ) {
        guard let latency = $0.event.latency else { return $1.none() }
        $1.fraction(latency, per: 1000, decimals: 3)
      },
      Column("mntns", "MNT_NS", width: 11, needsIdentity: true) {
        $1.integer($0.event.header.mntns)
      },
    ] + arguments + Column.identity(except: ["tid", "mntns"]) + [
      Column("call", "CALL", width: 0, presence: detailed ? .hidden : .shown, role: .detail) {
        let line = MountCall($0).line(result: $0.event.outcome)
        line.withUnsafeBytes($1.text)
      },
      Column("truncated", "CUT", width: 3, presence: .hidden) { $1.bool($0.event.cut != 0) },
    ]
  }

  /// The arguments of all calls, each null where a call does not have it.
  private var arguments: [Column<Record<mountsnoop_event>>] {
    func text(
      _ name: String, _ value: @escaping @Sendable (MountCall) -> MountCall.Text?
    ) -> Column<Record<mountsnoop_event>> {
      Column(name, name.uppercased(), width: 16, presence: .when(detailed)) {
        if case .bytes(let bytes, let isCut) = value(MountCall($0)) {
          (isCut ? bytes + "...".utf8 : bytes).withUnsafeBytes($1.text)
        } else {
          $1.none()
        }
      }
    }
    func names(
      _ name: String, _ value: @escaping @Sendable (MountCall) -> String?
    ) -> Column<Record<mountsnoop_event>> {
      Column(name, name.uppercased(), width: 16, presence: .when(detailed)) {
        $1.textOrNone(value(MountCall($0)))
      }
    }
    func number(
      _ name: String, _ value: @escaping @Sendable (MountCall) -> Int32?
    ) -> Column<Record<mountsnoop_event>> {
      Column(name, name.uppercased(), width: 7, presence: .when(detailed)) {
        $1.integerOrNone(value(MountCall($0)))
      }
    }
    return [
      text("fs") { $0.fileSystem }, text("source") { $0.source }, text("target") { $0.target },
      text("data") { $0.data }, number("fs_fd") { $0.context }, names("cmd") { $0.command },
      text("key") { $0.key }, text("value") { $0.value }, number("aux") { $0.auxiliary },
      number("dfd") { $0.directory }, text("path") { $0.path },
      number("to_dfd") { $0.toDirectory }, text("to_path") { $0.toPath },
      names("flags") { $0.flags }, names("attr_flags") { $0.attributes },
      names("attr_cleared") { $0.cleared }, names("propagation") { $0.propagation },
      Column("userns_fd", "USERNS_FD", width: 9, presence: .when(detailed)) {
        $1.integerOrNone(MountCall($0).namespace)
      },
    ]
  }
}

extension mountsnoop_event {
  /// What the call returned, or how it failed.
  fileprivate var outcome: String { failure ?? "\(result)" }

  /// Nanoseconds from the start of the call to its end; nil where it began before it was
  /// traced.
  fileprivate var latency: UInt64? {
    start_ns > 0 && header.time_ns >= start_ns ? header.time_ns - start_ns : nil
  }
}

extension mountsnoop_config: @retroactive ConfigurationLayout {}
extension mountsnoop_event: @retroactive SystemCallLayout {}
