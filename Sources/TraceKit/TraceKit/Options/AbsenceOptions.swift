public import Wire

/// Which threads off the CPUs are counted, and for how long.
public final class AbsenceOptions: ParsableArguments {
  @Flag(
    name: [.customShort("u"), .customLong("user-threads-only")], help: "Trace user threads only.")
  var userThreads = false

  @Flag(
    name: [.customShort("k"), .customLong("kernel-threads-only")],
    help: "Trace kernel threads only.")
  var kernelThreads = false

  @Option(
    name: [.customShort("m"), .customLong("min-block-time")], parsing: .unconditional,
    help: "Ignore times shorter than this many microseconds.",
    transform: AbsenceOptions.microseconds)
  var least: UInt64 = 1

  @Option(
    name: [.customShort("M"), .customLong("max-block-time")], parsing: .unconditional,
    help: "Ignore times longer than this many microseconds.",
    transform: AbsenceOptions.microseconds)
  var most: UInt64?

  public init() {}

  private static func microseconds(_ text: String) throws -> UInt64 {
    try Parse.integer(text, "a number of microseconds", in: 0...UInt64.max / 1000)
  }

  public func validate() throws {
    guard !userThreads || !kernelThreads else {
      throw ValidationError("-u and -k cannot be combined.")
    }
    guard most ?? .max >= least else {
      throw ValidationError("--max-block-time is less than --min-block-time.")
    }
  }

  public func wire() -> absence_config {
    absence_config(
      min_ns: least * 1000, max_ns: most.map { $0 * 1000 } ?? .max,
      user_threads: userThreads ? 1 : 0, kernel_threads: kernelThreads ? 1 : 0)
  }
}
