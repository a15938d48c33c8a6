/// What the figures are held against. A bar stands in the result only where
/// both of its sides were measured.
extension Figures {
  /// - Parameter requestsCarryTime: whether the kernel itself notes when it issues a request
  ///   to the disk of the reads.
  mutating func judge(requestsCarryTime: Bool) {
    bars = []
    for tool in Bench.tools {
      let ours = starts.first { $0.tool == tool && $0.tracer == Tracer.ours }
      let peer = starts.first { $0.tool == tool && $0.tracer == Tracer.peer }
      if let ours, let peer {
        bar("\(tool): start to attached", ours.milliseconds / peer.milliseconds, 0.7)
      }
    }
    kernelBar("opens", "open", 0.10)
    kernelBar("opens-missing", "open of a missing file", 0.10)
    kernelBar("execs", "exec", 0.35)
    if requestsCarryTime {
      kernelBar("reads", "request that carries its issue time", 0.25)
    } else {
      kernelBar("reads", "request", 0.5)
    }
    kernelBar("pings", "switch with its wake-up", 0.5)
    kernelBar("connects", "connect", 0.7)
    for storm in ["opens", "opens-missing"] {
      if let slowdown = figure(storm, Tracer.ours)?.slowdown {
        bar(
          "\(storm): slowdown, of untraced", slowdown, 1.6,
          floor: figure(storm, Tracer.floor)?.slowdown)
      }
    }
    judgeAccounts()
    if let most = starts.filter({ $0.tracer == Tracer.ours }).map(\.residentMegabytes).max() {
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

  private mutating func kernelBar(_ storm: String, _ operation: String, _ limit: Double) {
    guard let ours = figure(storm, Tracer.ours), let mine = ours.kernelMicroseconds,
      let theirs = figure(storm, Tracer.peer)?.kernelMicroseconds
    else { return }
    let least = figure(storm, Tracer.floor)?.kernelMicroseconds
    bar(
      "\(ours.tool): kernel time of one \(operation)", mine / theirs, limit,
      floor: least.map { $0 / theirs })
  }

  private mutating func bar(
    _ name: String, _ value: Double, _ limit: Double, floor: Double? = nil
  ) {
    bars.append(
      .init(name: name, value: value, limit: limit, floor: floor, passed: value <= limit))
  }
}
