/// What a tracer of opens shows of a known number at full speed, and what
/// showing it costs its process.
extension Bench {
  func measureAccounts(of storm: Storm, into figures: inout Figures, peers: Bool) throws(Failure) {
    var tracers: [(tracer: Tracer, output: String)] = [
      (.ours("opensnoop", place: place), "table"),
      (.ours("opensnoop", ["--json"], place: place), "JSON"),
    ]
    if let peer = Tracer.libbpf("opensnoop", place: place) { tracers.append((peer, "table")) }
    if peers, let peer = Tracer.bpftrace("opensnoop", place: place) {
      tracers.append((peer, "table"))
    }
    let made = operations(storm) * 5
    var shown = [[Int]](repeating: [], count: tracers.count)
    var lost = shown
    var user = [[Double]](repeating: [], count: tracers.count)
    var system = user
    for round in 0..<rounds {
      for (index, (tracer, _)) in tracers.enumerated()
      where round < tracer.rounds {
        do throws(Failure) {
          let (workload, session) = try start(storm, under: tracer, operations: made)
          let before = session.process.time
          _ = workload.run()
          session.awaitQuiet()
          let used = session.child.end()
          let count = countLines(of: session.output, with: "/etc/hostname")
          shown[index].append(count)
          lost[index].append(made - count)
          let millions = Double(max(1, count)) / 1e6
          user[index].append((used.user - before.user) / millions)
          system[index].append((used.system - before.system) / millions)
        } catch {
          figures.note("\(tracer.name) opensnoop does not start: \(error.message)")
        }
      }
    }
    for (index, (tracer, output)) in tracers.enumerated() where !user[index].isEmpty {
      figures.accounts.append(
        .init(
          storm: storm.name, tracer: tracer.name, output: output, made: made,
          shown: Int(median(shown[index].map(Double.init))),
          lost: lost[index].max() ?? 0, userSecondsPerMillion: median(user[index]),
          systemSecondsPerMillion: median(system[index])))
    }
  }
}
