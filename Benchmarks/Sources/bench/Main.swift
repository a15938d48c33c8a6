import FoundationEssentials
import Glibc

@main
enum Main {
  static func main() {
    do throws(Failure) {
      let options = try Options(CommandLine.arguments.dropFirst())
      let figures = try measure(options)
      try report(figures, options)
      exit(figures.bars.allSatisfy(\.passed) ? 0 : 1)
    } catch {
      complain(error.message)
      exit(2)
    }
  }

  private static func measure(_ options: Options) throws(Failure) -> Figures {
    let scratch = "/tmp/bench.\(getpid())"
    guard mkdir(scratch, 0o700) == 0 else { throw Failure("cannot make \(scratch)") }
    defer {
      for name in names(in: scratch) { unlink("\(scratch)/\(name)") }
      rmdir(scratch)
      try? setStatistics(false)
    }
    try setStatistics(false)
    let place = Place(
      build: options.build, scratch: scratch, floors: options.floors,
      file: options.file, cached: options.cached ?? options.file,
      settle: options.ratios ? 1 : 0.3)
    let bench = Bench(
      place: place, scale: options.ratios ? 0.03 : options.quick ? 0.3 : 1,
      rounds: options.rounds ?? (options.ratios ? 2 : options.quick ? 3 : 5))
    // The quick run and the emulated one leave out what is slow to start.
    let peers = !options.quick && !options.ratios
    var figures = Figures(
      machine: Machine.description(place: place), versions: pairs(options.versions),
      rounds: bench.rounds)
    figures.sizes = sizes(options.sizes)
    let isWhole = options.chosen.isEmpty
    let storms = try Storm.all(in: options.storms)
    if !options.ratios && (isWhole || options.chosen.contains("starts")) {
      progress("starts")
      bench.measureStarts(
        of: isWhole && !options.quick ? storms : storms.filter(\.hasAllPeers),
        into: &figures, peers: peers && isWhole)
    }
    for storm in storms
    where isWhole || options.chosen.contains(storm.name) {
      // There it is held against libbpf-tools, which do not run here.
      if options.ratios && !(storm.isSeen && bench.hasPeer(storm)) { continue }
      if options.quick && !storm.hasAllPeers && isWhole { continue }
      progress(storm.name)
      do {
        try bench.measure(
          storm, into: &figures, peers: peers && storm.hasAllPeers, slowdowns: !options.ratios)
      } catch let error as Failure where options.ratios {
        // A virtual machine has not all that a workload needs.
        figures.note(error.message)
      }
      if !options.ratios && (storm.name == "opens" || storm.name == "opens-two") {
        progress("\(storm.name): what is shown")
        try bench.measureAccounts(of: storm, into: &figures, peers: peers)
      }
    }
    // Emulation changes what a helper costs beside an instruction.
    guard !options.ratios else { return figures }
    figures.judge(storms, requestsCarryTime: Machine.requestsCarryTime(of: options.file))
    return figures
  }

  private static func report(_ figures: Figures, _ options: Options) throws(Failure) {
    let markdown = figures.markdown(ratiosOnly: options.ratios)
    if let path = options.markdown {
      try write(introduction(options.command) + markdown, to: path)
    }
    if let path = options.json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      // Such as the memory of a peer that had ended.
      encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "", negativeInfinity: "", nan: "")
      guard let data = try? encoder.encode(figures) else { throw Failure("cannot make JSON") }
      try write(String(decoding: data, as: UTF8.self) + "\n", to: path)
    }
    print(markdown)
  }

  private static func introduction(_ command: String) -> String {
    """
    # Performance

    Written by `\(command)`. In each round all tracers of a table ran one after the other; the figures
    are medians over the rounds. Compare the ratios; absolute times differ between machines. Output went
    to a file. A storm with one writer is pinned to one CPU.


    """
  }

  /// The lines NAME VALUE of a file.
  private static func pairs(_ path: String?) -> [String: String] {
    var pairs: [String: String] = [:]
    for line in (path.flatMap(contents) ?? "").split(separator: "\n") {
      let parts = line.split(separator: "\t", maxSplits: 1)
      if parts.count == 2 { pairs[String(parts[0])] = String(parts[1]) }
    }
    return pairs
  }

  private static func sizes(_ path: String?) -> [Figures.Size] {
    (path.flatMap(contents) ?? "").split(separator: "\n").compactMap { line in
      let parts = line.split(separator: "\t")
      guard parts.count == 3, let bytes = Int(parts[1]) else { return nil }
      return .init(collection: String(parts[0]), what: String(parts[2]), bytes: bytes)
    }
  }

  private static func progress(_ text: String) { complain(text) }

  private static func complain(_ text: String) {
    let line = "bench: \(text)\n"
    _ = line.withCString { Glibc.write(STDERR_FILENO, $0, strlen($0)) }
  }
}
