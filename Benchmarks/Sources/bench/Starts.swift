/// Time from exec to attached, and resident memory then.
extension Bench {
  /// The starts of the tools of these storms, each once.
  func measureStarts(of storms: [Storm], into figures: inout Figures, peers: Bool) {
    for (number, storm) in storms.enumerated()
    where storms.prefix(number).allSatisfy({ $0.tool != storm.tool }) {
      let tool = storm.tool, given = storm.given
      let peers = peers && storm.hasAllPeers
      // A start takes no time beside a storm, and varies more.
      let rounds = storm.hasAllPeers ? 3 * rounds : min(rounds, 3)
      var tracers: [Tracer?] = [
        .ours(tool, given: given, place: place), .libbpf(tool, given: given, place: place),
      ]
      if peers { tracers += [.bpftrace(tool, place: place), .bcc(tool, place: place)] }
      let present = tracers.compactMap { $0 }
      var times: [String: [Double]] = [:]
      var memory: [String: [Double]] = [:]
      var buffers: [String: [Double]] = [:]
      var absent: Set<String> = []
      for round in 0..<rounds {
        for tracer in present where !absent.contains(tracer.name) {
          if round >= tracer.rounds { continue }
          do {
            let session = try Session(tracer, processes: [], place: place)
            times[tracer.name, default: []].append(session.timeToAttach * 1000)
            memory[tracer.name, default: []].append(Double(session.process.resident) / 1e6)
            buffers[tracer.name, default: []].append(Double(session.process.shared) / 1e6)
            session.child.end()
          } catch {
            absent.insert(tracer.name)
            figures.note("\(tracer.name) \(tool) does not start: \(error.message)")
          }
        }
      }
      for tracer in present {
        guard let values = times[tracer.name] else { continue }
        figures.starts.append(
          .init(
            tool: tool, tracer: tracer.name, milliseconds: median(values),
            residentMegabytes: median(memory[tracer.name] ?? []),
            bufferMegabytes: median(buffers[tracer.name] ?? [])))
      }
    }
  }
}

extension Figures {
  mutating func note(_ text: String) {
    if !absent.contains(text) { absent.append(text) }
  }
}
