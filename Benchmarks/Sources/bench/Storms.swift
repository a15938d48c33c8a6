/// Kernel time of an operation and slowdown, for each storm and tracer.
extension Bench {
  /// Whether libbpf-tools have a tool of the same name.
  func hasPeer(_ storm: Storm) -> Bool { Tracer.libbpf(storm.tool, place: place) != nil }

  func tracers(of storm: Storm, peers: Bool) -> [Tracer] {
    var tracers: [Tracer?] = [
      .ours(storm.tool, given: storm.given, place: place),
      .libbpf(storm.tool, given: storm.givenToPeer ?? storm.given, place: place),
      .floor(storm.floor, place: place),
    ]
    if peers && !storm.options.isEmpty {
      tracers += [
        .ours(storm.tool, storm.options, place: place),
        .libbpf(storm.tool, storm.options, place: place),
      ]
    }
    if peers {
      tracers += [
        .bpftrace(storm.tool, place: place), .bcc(storm.tool, place: place),
        .strace(storm.systemCall, place: place), .perf(storm.systemCall, place: place),
      ]
    }
    return tracers.compactMap { $0 }
  }

  /// - Parameter slowdowns: false where time is not to be measured, but in the
  ///   BPF programs.
  func measure(_ storm: Storm, into figures: inout Figures, peers: Bool, slowdowns: Bool)
    throws(Failure)
  {
    let tracers = tracers(of: storm, peers: peers)
    var untraced: [Double] = []
    var slowdown: [String: [Double]] = [:]
    var kernel: [String: [Double]] = [:]
    var absent: Set<String> = []
    let all = operations(storm)
    // The first time is slower than the others.
    _ = try self.untraced(storm, operations: all)
    for round in 0..<(storm.hasAllPeers ? rounds : min(rounds, 3)) {
      let plain = try self.untraced(storm, operations: all) / Double(all) * 1e6
      untraced.append(plain)
      for tracer in tracers where !absent.contains(tracer.title) && round < tracer.rounds {
        let count = operations(storm, tracer.share)
        do {
          if slowdowns {
            let run = try traced(storm, by: tracer, operations: count, statistics: false)
            slowdown[tracer.title, default: []].append(run.seconds / Double(count) * 1e6 / plain)
          }
          guard storm.isSeen && tracer.kind == .programs else { continue }
          let counted = try traced(storm, by: tracer, operations: count, statistics: true)
          if let seconds = counted.kernelSeconds {
            kernel[tracer.title, default: []].append(seconds / Double(count) * 1e6)
          }
        } catch {
          absent.insert(tracer.title)
          // An option that a peer has not is no news.
          guard tracer.options.isEmpty else { continue }
          let what = tracer.kind == .programs ? "\(tracer.name) \(storm.tool)" : tracer.name
          figures.note("\(what) does not start: \(error.message)")
        }
      }
    }
    try measurePackets(of: storm, into: &figures)
    for tracer in tracers {
      let times = slowdown[tracer.title]
      guard times != nil || kernel[tracer.title] != nil else { continue }
      figures.storms.append(
        .init(
          storm: storm.name, operation: storm.operation, tool: storm.tool, tracer: tracer.name,
          options: tracer.options, noFloor: storm.noFloor,
          operations: operations(storm, tracer.share), untracedMicroseconds: median(untraced),
          kernelMicroseconds: kernel[tracer.title].map(median), slowdown: times.map(median)))
    }
  }
}
