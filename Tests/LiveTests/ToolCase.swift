import Foundation
import Testing
import TraceKit

/// What the common tests need to know of a tool, from its file in Tests/Tools.
struct ToolCase: Decodable {
  /// The plans that one set of options has.
  struct Plans: Decodable {
    var options: [String] = []
    /// What `--hooks` is given for each.
    var hooks: [String]
    /// What a refusal says where a kernel lacks what only some have.
    var absence: String?
    /// The tracepoint of the plans by tracepoint, which old kernels lack.
    var tracepoint: String?
    /// In place of the tool's.
    var workload: [String]?
    /// In place of the tool's, an option that takes what the workload announces.
    var filter: String?
    var count: Count?

    private enum CodingKeys: CodingKey {
      case options, hooks, absence, tracepoint, workload, filter, count
    }

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      options = try values.decodeIfPresent([String].self, forKey: .options) ?? []
      hooks = try values.decode([String].self, forKey: .hooks)
      absence = try values.decodeIfPresent(String.self, forKey: .absence)
      tracepoint = try values.decodeIfPresent(String.self, forKey: .tracepoint)
      workload = try values.decodeIfPresent([String].self, forKey: .workload)
      filter = try values.decodeIfPresent(String.self, forKey: .filter)
      count = try values.decodeIfPresent(Count.self, forKey: .count)
    }
  }

  /// How the events are counted in the records; without any of it, each is one.
  struct Count: Decodable {
    /// Adds up these keys.
    var sum: [String]?
    /// Adds up the buckets of histograms from this value on.
    var from: Int?
    /// Counts the values of this key.
    var distinct: String?
    /// Only records with these values.
    var `where`: [String: String]?
    /// Others may add to the number.
    var atLeast: Bool?

    func number(in rows: [Row]) -> Int {
      let rows = rows.filter { row in
        (`where` ?? [:]).allSatisfy { row[$0.key] == $0.value }
      }
      let number: Int
      if let distinct {
        number = Set(rows.map { $0[distinct] ?? 0 }).count
      } else if let from {
        number = rows.reduce(0) { $0 + $1.count(from: from) }
      } else if let sum {
        number = rows.reduce(0) { total, row in total + sum.reduce(0) { $0 + (row[$1] ?? 0) } }
      } else {
        number = rows.count
      }
      return atLeast == true ? min(ToolCase.number, number) : number
    }
  }

  /// What the workload works on.
  enum Place: String, Decodable {
    case disk, ext4
  }

  /// The events of every workload of the table.
  static let number = 23

  var name = ""
  /// stream, histogram, summary, ranked, sample or stacks.
  let runner: String
  /// The type of its JSON records.
  let record: String
  let plans: [Plans]
  /// `@program` stands for the program of the workloads, `@disk` and `@mount` for the place.
  let workload: [String]
  let on: Place?
  /// The option that takes the workload's process.
  let filter: String
  let options: [String]?
  /// What it must be given to run at all.
  let needs: [String]?
  /// Options that make it print now and then where it would print at its end only.
  let interval: [String]?
  /// It names user frames.
  let symbols: Bool?
  /// It attaches as root only.
  let root: Bool?
  /// Without what it must be given it needs counters or sensors that a machine may lack.
  let needsHardware: Bool?
  /// It traces functions of the kernel only, which some refuse.
  let needsFunctions: Bool?
  /// Without this file there are no events of its kind.
  let needsFile: String?
  /// Only root may read of the workload's process what the filter needs.
  let filtersAsRoot: Bool?
  let count: Count?

  private enum CodingKeys: CodingKey {
    case runner, record, plans, workload, on, filter, options, needs, interval, symbols, root
    case needsHardware, needsFunctions, needsFile, filtersAsRoot, count
  }
}

extension ToolCase: CustomTestStringConvertible {
  var testDescription: String { name }
}

extension ToolCase {
  /// Those that can work here.
  static let all = known.filter(\.worksHere)

  var worksHere: Bool { hasEvents && (needsFunctions != true || KernelFeatures.fentry == .yes) }

  /// All of the collection.
  static let known: [ToolCase] = {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Tools")
    let files = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
    let names = (files ?? []).sorted().filter { $0.hasSuffix(".json") }
    precondition(!names.isEmpty, "\(folder.path) has no tools")
    return names.map { file in
      do {
        let data = try Data(contentsOf: folder.appending(path: file))
        var tool = try JSONDecoder().decode(ToolCase.self, from: data)
        tool.name = String(file.dropLast(5))
        return tool
      } catch {
        fatalError("\(file): \(error)")
      }
    }
  }()

  static func of(_ name: String) -> ToolCase {
    guard let tool = known.first(where: { $0.name == name }) else {
      fatalError("Tests/Tools has no \(name).json")
    }
    return tool
  }

  /// One of each runner: what is the same for all tools of a runner is tested on these.
  static let models: [ToolCase] = {
    var runners: Set<String> = []
    return (["opensnoop", "biolatency", "profile"].map(of) + all).filter {
      runners.insert($0.runner).inserted
    }
  }()

  var hasEvents: Bool { needsFile.map(FileManager.default.fileExists) != false }

  var needsRoot: Bool { Plan.rootTools.contains(name) }

  /// Whether it keeps what it needs to name the frames of others.
  var isStackTool: Bool { runner == "stacks" || symbols == true }

  /// A run of the workload of 23 events.
  final class Scene {
    private let disk: LoopDisk?
    private let mounted: MountedDisk?
    let workload: Workload

    init(_ tool: ToolCase, _ command: [String]? = nil) throws {
      disk = tool.on == .disk ? try LoopDisk() : nil
      mounted = tool.on == .ext4 ? try MountedDisk("ext4") : nil
      let (disk, mounted) = (disk, mounted)
      workload = try Workload(
        (command ?? tool.workload).map { word in
          word.replacingOccurrences(of: "@program", with: Executable.path("workload"))
            .replacingOccurrences(of: "@disk", with: disk?.path ?? "@disk")
            .replacingOccurrences(of: "@mount", with: mounted?.path ?? "@mount")
        })
    }
  }

  /// The arguments that make it show the events of a process.
  func arguments(for workload: Workload, of plans: Plans? = nil) -> [String] {
    let selected = plans?.filter.map { [$0, workload.announcement] }
    return (selected ?? [filter, "\(workload.pid)"]) + (options ?? [])
  }

  /// Runs it over its workload to a fine end.
  ///
  /// - Returns: how many events it showed.
  func count(
    _ more: [String] = [], plan: String? = nil, of plans: Plans? = nil,
    environment: [String] = []
  ) throws -> Int {
    let scene = try Scene(self, plans?.workload)
    let network = try scene.workload.network()
    defer { try? network.close() }
    let selected = arguments(for: scene.workload, of: plans)
    let run = try TracedRun(
      name, ["--json"] + selected + (plans?.options ?? []) + more,
      plan: plan, environment: environment)
    try scene.workload.run()
    let result = try run.stop()
    #expect(result.end == .exited(0), "\(result.errors)")
    #expect(result.leftInKernel == "")
    return number(in: try result.rows(), of: plans)
  }

  func number(in rows: [Row], of plans: Plans? = nil) -> Int {
    (plans?.count ?? count)?.number(in: rows) ?? rows.count
  }
}
