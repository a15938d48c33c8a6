import TraceKit

/// A tool that lies beside this executable.
struct Neighbour {
  let name: String

  init(_ name: String) {
    self.name = name
  }

  /// Has it try its plans.
  ///
  /// - Parameters:
  ///   - typesFile: what it is given as `--btf`.
  ///   - alias: the name by which it is called, if that is not its own.
  func check(typesFile: String?, as alias: Alias?) -> Diagnosis.Tool {
    let called = alias?.name ?? name
    guard let program = OwnProcess.neighbour(name) else {
      return Diagnosis.Tool(
        called,
        missing: Obstacle("it does not lie beside \(Doctor.name)", cure: "install all tools"))
    }
    let types = typesFile.map { ["--btf", $0] } ?? []
    do {
      let ended = try EndedProcess(
        [program, "--check", "--format", "csv"] + (alias?.arguments ?? []) + types)
      return Diagnosis.Tool(
        called, answer: ended.output, errors: String(decoding: ended.errors, as: UTF8.self),
        status: ended.status)
    } catch {
      return Diagnosis.Tool(called, missing: Obstacle("it cannot be started: \(error)"))
    }
  }
}
