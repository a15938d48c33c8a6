import FoundationEssentials
import Glibc

/// Programs of one object of Benchmarks/floors that do the least for an operation.
struct Floor: Decodable {
  let object: String
  let programs: [String]
}

/// A workload: many operations of one kind, as fast as they go. Benchmarks/storms has those
/// of each tool, in a file by its name.
struct Storm: Decodable {
  /// The tool's, where it has one storm alone.
  private(set) var name = ""
  /// What one operation is.
  private(set) var operation = ""
  /// How many operations in a full run, in all processes together.
  private(set) var count = 0
  /// The tool that shows these operations, and the peers' commands for them.
  private(set) var tool = ""
  /// What strace and perf are told to trace. Where it is empty, the storm is measured beside
  /// libbpf-tools alone, in fewer rounds, and in whole runs only.
  private(set) var systemCall = ""
  /// What the tool is always given.
  private(set) var given: [String] = []
  /// What the peer is given instead, see `Tracer.libbpf`; nil: the same.
  private(set) var givenToPeer: [String]?
  /// Options of the tool that cost or save something, for a second measurement.
  private(set) var options: [String] = []
  private(set) var writers = 1
  /// What does the least for such an operation.
  private(set) var floor: Floor?
  /// Why there is no such thing, or that it cannot be attached here.
  private(set) var noFloor: String?
  /// Whether the tool's kernel time must be near the floor's. Where the tool does more for
  /// an operation than it reports, to be exact, it need not.
  private(set) var isHeldToFloor = false
  /// The floor counts on the kernel to note when it issues a request.
  private(set) var needsIssueTime = false
  /// Whether the tool's programs run for these operations at all.
  private(set) var isSeen = true
  /// Programs of the tool that the kernel can run over a packet by itself.
  private(set) var packetPrograms: [String] = []
  private var workload: [String] = []

  var hasAllPeers: Bool { !systemCall.isEmpty }

  private enum CodingKeys: String, CodingKey {
    case name, operation, count, arguments, systemCall, given, givenToPeer, options, writers
    case floor, noFloor, isHeldToFloor, needsIssueTime, isSeen, packetPrograms
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    operation = try values.decode(String.self, forKey: .operation)
    count = try values.decode(Int.self, forKey: .count)
    workload = try values.decode([String].self, forKey: .arguments)
    name = try values.decodeIfPresent(String.self, forKey: .name) ?? ""
    systemCall = try values.decodeIfPresent(String.self, forKey: .systemCall) ?? ""
    given = try values.decodeIfPresent([String].self, forKey: .given) ?? []
    givenToPeer = try values.decodeIfPresent([String].self, forKey: .givenToPeer)
    options = try values.decodeIfPresent([String].self, forKey: .options) ?? []
    writers = try values.decodeIfPresent(Int.self, forKey: .writers) ?? 1
    floor = try values.decodeIfPresent(Floor.self, forKey: .floor)
    noFloor = try values.decodeIfPresent(String.self, forKey: .noFloor)
    isHeldToFloor = try values.decodeIfPresent(Bool.self, forKey: .isHeldToFloor) ?? false
    needsIssueTime = try values.decodeIfPresent(Bool.self, forKey: .needsIssueTime) ?? false
    packetPrograms = try values.decodeIfPresent([String].self, forKey: .packetPrograms) ?? []
    isSeen = try values.decodeIfPresent(Bool.self, forKey: .isSeen) ?? true
  }

  /// The arguments of one writer that does so many operations.
  ///
  /// - Parameters:
  ///   - file: on the disk whose requests are measured.
  ///   - cached: on a mounted file system, whose page cache is measured.
  func arguments(_ operations: Int, file: String, cached: String) -> [String] {
    workload.map { argument in
      argument.replacing("@count", with: "\(operations)").replacing("@file", with: file)
        .replacing("@cached", with: cached)
    }
  }

  /// Those of all tools; first the ones with all peers.
  static func all(in folder: String) throws(Failure) -> [Storm] {
    var storms: [Storm] = []
    for file in names(in: folder).sorted() where file.hasSuffix(".json") {
      let tool = String(file.dropLast(".json".count))
      let text = contents("\(folder)/\(file)") ?? ""
      let decoded: [Storm]
      do {
        decoded = try JSONDecoder().decode([Storm].self, from: Data(text.utf8))
      } catch {
        throw Failure("cannot read \(folder)/\(file): \(error)")
      }
      for var storm in decoded {
        storm.tool = tool
        if storm.name.isEmpty { storm.name = tool }
        guard (storm.floor == nil) != (storm.noFloor == nil) else {
          throw Failure("\(folder)/\(file): each storm has a floor, or a reason why none")
        }
        storms.append(storm)
      }
    }
    return storms.filter(\.hasAllPeers) + storms.filter { !$0.hasAllPeers }
  }
}

/// The processes of a storm, ready to go.
struct Workload {
  private let writers: [Child]
  var processes: [pid_t] { writers.map(\.pid) }

  /// Starts the writers; one alone is bound to the last CPU.
  init(_ storm: Storm, operations: Int, place: Place) throws(Failure) {
    if storm.writers == 1 { place.bindToLast() }
    defer { place.unbind() }
    var started: [Child] = []
    for number in 0..<storm.writers {
      let command =
        [place.build + "/workload"]
        + storm.arguments(operations / storm.writers, file: place.file, cached: place.cached)
      let child = try Child(
        command, output: nil, errors: place.scratch + "/workload\(number).errors")
      guard child.readLine()?.hasPrefix("ready") == true else {
        let reason = contents(place.scratch + "/workload\(number).errors") ?? ""
        throw Failure("the workload \(storm.name) does not start: \(reason)")
      }
      started.append(child)
    }
    writers = started
  }

  /// Lets it go and waits for its end.
  ///
  /// - Returns: the seconds that it took.
  func run() -> Double {
    let start = now()
    for writer in writers { writer.send("\n") }
    for writer in writers { writer.readToEnd() }
    let end = now()
    for writer in writers { writer.wait() }
    return end - start
  }
}
