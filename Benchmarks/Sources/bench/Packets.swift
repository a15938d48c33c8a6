import CSystem

/// What a program takes for a packet.
extension Bench {
  func measurePackets(of storm: Storm, into figures: inout Figures) throws(Failure) {
    guard !storm.packetPrograms.isEmpty else { return }
    let (workload, session) = try start(
      storm, under: .ours(storm.tool, given: storm.given, place: place), operations: 1)
    let programs = session.process.programs()
    for name in storm.packetPrograms {
      let times = (0..<rounds).compactMap { _ in
        programs.map { bench_packet_time($0, name, 1_000_000) }.first { $0 >= 0 }
      }
      figures.packets.append(
        .init(tool: storm.tool, program: name, nanoseconds: median(times.map(Double.init))))
    }
    _ = workload.run()
    session.child.end()
  }
}
