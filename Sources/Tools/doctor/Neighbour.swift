import TraceKit

/// A tool that lies beside this executable.
struct Neighbour {
  let name: String

  init(_ name: String) {
    self.name = name
  }

  /// Has it try its plans, and does not wait for it.
  ///
  /// - Parameters:
  ///   - typesFile: what it is given as `--btf`.
  ///   - alias: the name by which it is called, if that is not its own.
  /// - Returns: what waits for its answer.
  private func startCheck(typesFile: String?, as alias: Alias?) -> () -> Diagnosis.Tool {
    let called = alias?.name ?? name
    guard let program = OwnProcess.neighbour(name) else {
      let obstacle = Obstacle("it does not lie beside \(Doctor.name)", cure: "install all tools")
      return { Diagnosis.Tool(called, missing: obstacle) }
    }
    let types = typesFile.map { ["--btf", $0] } ?? []
    do {
      let process = try StartedProcess(
        [program, "--check", "--format", "csv"] + (alias?.arguments ?? []) + types)
      return {
        let ended = process.ended()
        return Diagnosis.Tool(
          called, answer: ended.output, errors: String(decoding: ended.errors, as: UTF8.self),
          status: ended.status)
      }
    } catch {
      return { Diagnosis.Tool(called, missing: Obstacle("it cannot be started: \(error)")) }
    }
  }

  /// So many check at a time: some wait while the kernel detaches their probes. Where all share a
  /// limit of locked memory, they would take it from each other.
  private static let width = KernelFeatures.countsLockedMemory == false ? 4 : 1

  /// Has tools try their plans.
  ///
  /// - Parameter typesFile: what they are given as `--btf`.
  /// - Returns: their answers, in the order of the names.
  static func check(
    _ names: [String], aliases: [Alias], typesFile: String?
  ) -> [Diagnosis.Tool] {
    var started: [() -> Diagnosis.Tool] = []
    return names.indices.map { index in
      for name in names[started.count..<min(index + width, names.count)] {
        let alias = aliases.first { $0.name == name }
        started.append(Neighbour(alias?.tool ?? name).startCheck(typesFile: typesFile, as: alias))
      }
      return started[index]()
    }
  }
}
