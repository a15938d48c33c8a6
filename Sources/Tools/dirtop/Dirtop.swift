import BPFObjects
import TraceKit

@main
struct Dirtop: RankedTool {
  static let configuration = CommandConfiguration.tool(
    "dirtop", "Show in which directories files are read and written most.",
    examples: [
      ("dirtop -d /var,/home", "two directories, with all below them, every second"),
      ("dirtop -d '/srv/*/data' 5 10", "all that match, ten tables of 5 seconds"),
      ("dirtop -d / -C", "one table below the other"),
      ("dirtop -d '/home/*' -s wbytes", "those that were written most first"),
      ("dirtop -d '/home/*' -p 1216", "process 1216 only"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @Option(
    name: [.customShort("d"), .long], parsing: .unconditional,
    help: "The directories, separated by commas; each can be a pattern.",
    completion: .directory, transform: DirectorySet.matching)
  var rootDirectories: DirectorySet?

  @OptionGroup var ranked: RankedOptions<Letters>

  func validate() throws {
    if !ranked.run.onlyAnswers, rootDirectories == nil {
      throw ValidationError("Name the directories with --root-directories.")
    }
  }

  static let recordType = "directory"
  static var image: ObjectImage { ObjectImage(dirtop_image()) }
  static let orders: [RankedOrder<Row>] = RankedOrder.transfers { $0 }

  static func events(_ totals: transfer_totals) -> UInt64 { totals.reads + totals.writes }

  var plans: [HookPlan] { HookPlan.transfers }

  func wireConfiguration() -> dirtop_config {
    var config = dirtop_config()
    if let rootDirectories { config.directories = rootDirectories.wire }
    return config
  }

  func attached(_ object: LoadedObject) throws { try rootDirectories?.enroll(in: object) }

  var columns: [Column<RankedRow<dirtop_key, transfer_totals>>] {
    let paths = rootDirectories?.paths ?? []
    return [Column("time", "TIME", width: 8, presence: .hidden) { $1.time($0.time) }]
      + Column.transfers { $0 } + [
        Column("path", "PATH", width: 0) {
          let number = Int($0.key.directory)
          $1.textOrNone(number < paths.count ? paths[number] : nil)
        }
      ]
  }
}

extension dirtop_config: @retroactive ConfigurationLayout {}
