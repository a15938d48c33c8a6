/// How the tracepoints and the USDT probes of a specification are found.
extension ProbeSet {
  static func tracepoints(
    _ spec: ProbeSpec, _ pattern: FunctionPattern
  ) throws -> [(category: String, event: String)] {
    guard let tracefs = KernelFeatures.tracefs else {
      throw ToolError(
        .unavailable, KernelFeatures.tracefsObstacle?.description ?? "tracefs is not readable")
    }
    let group = try FunctionPattern(spec.group, isExpression: spec.isExpression)
    let events = tracefs + "/events"
    let categories =
      group.isWide
      ? File.subdirectories(of: events).filter(group.matches).sorted()
      : File.exists("\(events)/\(spec.group)") ? [spec.group] : []
    guard !categories.isEmpty else {
      throw ToolError(.usage, "there is no category '\(spec.group)' of tracepoints")
    }
    let found = categories.flatMap { category in
      File.subdirectories(of: "\(events)/\(category)").filter(pattern.matches).sorted()
        // What has no number is no tracepoint, such as those of ftrace itself.
        .filter { File.exists("\(events)/\(category)/\($0)/id") && category != "ftrace" }
        .map { (category: category, event: $0) }
    }
    guard !found.isEmpty else {
      throw ToolError(.usage, "there is no tracepoint '\(spec.group):\(spec.name)'")
    }
    return found
  }

  static func notes(
    _ spec: ProbeSpec, _ pattern: FunctionPattern, of process: UInt32?
  ) throws -> (names: [String], places: [Place], caveat: String?) {
    let files: [CodeFile]
    if spec.library.isEmpty, let process {
      guard let mapped = CodeFile.all(of: "\(process)") else {
        throw ToolError(.usage, "there is no process \(process), or its files may not be read")
      }
      files = mapped
    } else if spec.library.isEmpty {
      throw ToolError(.usage, "'\(spec.text)': the probe of a program needs its name, or --pid")
    } else {
      files = [try LibrarySearch.find(spec.library, of: process)]
    }
    let provider = try FunctionPattern(spec.group, isExpression: spec.isExpression)
    var names: [String] = []
    var places: [Place] = []
    var hasDangerous = false
    for file in files {
      guard let found = USDTProbe.all(in: file) else {
        guard spec.library.isEmpty else {
          throw ToolError(.usage, "'\(file.name)' is not a program or library for this machine")
        }
        continue
      }
      let wanted = found.filter {
        pattern.matches($0.name) && (spec.group.isEmpty || provider.matches($0.provider))
      }
      let safe = wanted.filter { !$0.isDangerous }
      hasDangerous = hasDangerous || safe.count < wanted.count
      guard !safe.isEmpty, let opened = file.open(), let probed = ProbedFile(opened.number) else {
        continue
      }
      for probe in safe {
        let index = names.firstIndex(of: probe.fullName) ?? names.count
        if index == names.count { names.append(probe.fullName) }
        places.append(
          Place(
            name: index,
            site: .file(probed, offset: probe.offset, semaphore: probe.semaphore),
            arguments: USDTArgument.all(in: probe.arguments)))
      }
    }
    let refusal =
      "\(USDTProbe.dangerous.joined(separator: ", ")) is left out, which crashes its program"
    if places.isEmpty, hasDangerous {
      throw ToolError(.usage, "'\(spec.text)': attaching this probe crashes its program")
    }
    guard !places.isEmpty else {
      throw ToolError(.usage, "'\(spec.text)': there is no such probe")
    }
    return (names, places, hasDangerous ? refusal : nil)
  }
}

extension USDTProbe {
  /// Those that are known to crash their program when they are attached, as CPython 3.11 does
  /// at `line`.
  static let dangerous = ["python:line"]

  var isDangerous: Bool { Self.dangerous.contains(fullName) }
}
