import TraceKit

/// The options of a tool that prints messages at probes that a user describes.
final class AskedProbeOptions: ParsableArguments {
  @Option(
    name: [.customShort("b"), .long], parsing: .unconditional,
    help: "Set the minimum size of the ring buffer in pages of 4,096 bytes.",
    transform: { try Parse.integer($0, "a number of pages", in: 1...262_144) })
  var bufferPages: Int?

  @Option(
    name: [.customShort("Z"), .long], parsing: .unconditional,
    help: "Read at most this many bytes of a text (default: 80).",
    transform: { try Parse.integer($0, "a number of bytes", in: 1...4096) })
  var stringSize: UInt32 = 80

  @Flag(name: [.customShort("S"), .long], help: "Trace the tool itself too.")
  var includeSelf = false

  @Flag(name: .shortAndLong, help: "Print the seconds since the start.")
  var timestamp = false

  @Flag(name: .shortAndLong, help: "Print the seconds since 1970, with --timestamp.")
  var unixTimestamp = false

  @Flag(name: [.customShort("T"), .long], help: "Print the time of day.")
  var time = false

  @Flag(
    name: [.customShort("C"), .customLong("print_cpu"), .customLong("print-cpu")],
    help: "Print the CPU.")
  var printCPU = false

  @Option(
    name: [.customShort("c"), .long], parsing: .unconditional,
    help: "Trace tasks in this cgroup directory (version 2) and below it.", completion: .directory)
  var cgroupPath: String?

  @Option(
    name: [.customShort("f"), .long], parsing: .unconditional,
    help: "Print only events whose message contains this.")
  var msgFilter: String?

  @Flag(
    name: [.customShort("B"), .customLong("bin_cmp"), .customLong("bin-cmp")],
    help: "Compare bytes with STRCMP, NULs included.")
  var binCmp = false

  @Option(
    name: [.customShort("s"), .customLong("sym_file_list"), .customLong("sym-file-list")],
    parsing: .unconditional,
    help: "Accepted for compatibility with bcc; symbols are found without a list of files.")
  var symFileList: String?

  @Flag(name: .shortAndLong, help: "Print the addresses of stacks.")
  var address = false

  @Option(
    name: [.customShort("I"), .long], parsing: .unconditionalSingleValue,
    help: "Refused: there is no compiler to include headers; types are the kernel's own.",
    transform: Question.refuseHeader)
  var include: [String] = []

  init() {}

  func validate() throws {
    if unixTimestamp, !timestamp {
      throw ValidationError("--unix-timestamp needs --timestamp.")
    }
  }

  /// The size of the ring buffer that is asked for.
  var bufferBytes: Int? { bufferPages.map { $0 * 4096 } }

  /// When and where an event was.
  func times<Event: TraceEvent>() -> [Column<Record<Event>>] {
    [
      .time(presence: .when(time && !timestamp)),
      .elapsed(width: 8, decimals: 6, presence: .when(timestamp && !unixTimestamp)),
      .unixTime(presence: .when(unixTimestamp)), .cpu(presence: .when(printCPU)),
    ]
  }
}
