/// What the figures are held against. A bar stands in the result only where
/// both of its sides were measured.
extension Figures {
  /// - Parameters:
  ///   - storms: those of the tools that are held against something.
  ///   - requestsCarryTime: whether the kernel itself notes when it issues a request to the
  ///     disk of the reads.
  mutating func judge(_ storms: [Storm], requestsCarryTime: Bool) {
    bars = []
    for tool in storms.filter(\.hasAllPeers).map(\.tool).unique {
      let ours = starts.first { $0.tool == tool && $0.tracer == Tracer.ours }
      let peer = starts.first { $0.tool == tool && $0.tracer == Tracer.peer }
      if let ours, let peer {
        bar("\(tool): start to attached", ours.milliseconds / peer.milliseconds, 0.7)
      }
    }
    for storm in storms
    where storm.isHeldToFloor && (requestsCarryTime || !storm.needsIssueTime) {
      kernelBar(storm)
    }
    for storm in ["opens", "opens-missing"] {
      if let slowdown = figure(storm, Tracer.ours)?.slowdown {
        bar("\(storm): slowdown, of untraced", slowdown, 1.6)
      }
    }
    // 20 million packets a second and CPU.
    for packet in packets {
      bar("\(packet.tool): a packet (\(packet.program)), of 50 ns", packet.nanoseconds / 50, 1)
    }
    judgeAccounts()
    let compared = storms.filter(\.hasAllPeers).map(\.tool)
    let resident = starts.filter { $0.tracer == Tracer.ours && compared.contains($0.tool) }
    if let most = resident.map(\.residentMegabytes).max() {
      bar("resident memory after attach, of 13.5 MB", most / 13.5, 1.2)
    }
  }

  private mutating func judgeAccounts() {
    let peer = accounts.first { $0.storm == "opens" && $0.tracer == Tracer.peer }
    for ours in accounts where ours.tracer == Tracer.ours {
      if ours.storm == "opens", let peer {
        bar(
          "opensnoop: user CPU of a million shown, \(ours.output)",
          ours.userSecondsPerMillion / peer.userSecondsPerMillion, 0.4)
      }
      if ours.storm == "opens-two" {
        bar("opensnoop: lost with two writers, \(ours.output)", Double(ours.lost), 0)
      }
    }
  }

  private func figure(_ storm: String, _ tracer: String) -> StormFigure? {
    storms.first { $0.storm == storm && $0.tracer == tracer && $0.options.isEmpty }
  }

  /// What a helper and a map cost differs between processors, but alike for tool and floor; so
  /// the ratio to the floor holds on any of them, while that to the peer is only shown.
  private mutating func kernelBar(_ storm: Storm) {
    guard let mine = figure(storm.name, Tracer.ours)?.kernelMicroseconds,
      let least = figure(storm.name, Tracer.floor)?.kernelMicroseconds
    else { return }
    let peer = figure(storm.name, Tracer.peer)?.kernelMicroseconds
    bar(
      "\(storm.tool): kernel time, of the floor (\(storm.name))", mine / least, 1.25,
      ofPeer: peer.map { mine / $0 })
  }

  private mutating func bar(
    _ name: String, _ value: Double, _ limit: Double, ofPeer: Double? = nil
  ) {
    bars.append(
      .init(name: name, value: value, limit: limit, ofPeer: ofPeer, passed: value <= limit))
  }
}
