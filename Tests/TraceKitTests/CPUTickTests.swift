import Testing

@testable import TraceKit

@Suite struct CPUTickTests {
  private static let period: UInt64 = 10_000_000

  /// Samples of a CPU: in which tick, how late, and how many tasks it had.
  private func ticks(
    _ samples: [(cpu: UInt32, tick: UInt64, late: UInt64, length: UInt32)], isLast: Bool = true
  ) -> [CPUTicks.Tick] {
    var ticks = CPUTicks(frequency: 100, cpus: Set(samples.map(\.cpu)).count)
    for sample in samples {
      ticks.add(
        cpu: sample.cpu, time: 1_000_000_000 + sample.tick * Self.period + sample.late,
        length: sample.length, isSelected: true)
    }
    return ticks.take(isLast: isLast)
  }

  @Test func `idle CPUs are unclaimed as far as tasks wait for others`() {
    func unclaimed(_ lengths: [UInt32]) -> (busy: Int?, unclaimed: Int?) {
      let tick = ticks(
        lengths.enumerated().map { (UInt32($0), 0, UInt64($0) * 1000, $1) }
      ).first
      return (tick?.busy, tick?.unclaimed)
    }
    #expect(unclaimed([4, 0]) == (1, 1))
    #expect(unclaimed([4, 1]) == (2, 0))
    #expect(unclaimed([1, 0, 0]) == (1, 0))
    #expect(unclaimed([2, 0, 0]) == (1, 1))
    #expect(unclaimed([3, 2, 0, 0, 0, 0]) == (2, 3))
    #expect(unclaimed([0, 0]) == (0, 0))
  }

  @Test func `samples are joined whatever their distance and their order`() {
    let joined = ticks([
      (0, 0, 0, 1), (1, 0, 4_900_000, 2), (1, 1, 4_900_000, 3), (0, 1, 0, 4), (0, 2, 0, 5),
      (1, 2, 4_900_000, 6),
    ])
    #expect(joined.map(\.samples) == [2, 2, 2])
    #expect(joined.map { $0.places[0]?.length } == [1, 4, 5])
    #expect(joined.map { $0.places[1]?.length } == [2, 3, 6])
    #expect(joined.map { $0.places[1]?.offset } == [4_900_000, 4_900_000, 4_900_000])
    #expect(joined.map(\.time) == [1_000_000_000, 1_010_000_000, 1_020_000_000])
  }

  @Test func `a late sample moves no other, and one that fails is the one before`() {
    let joined = ticks([
      (0, 0, 0, 1), (1, 0, 3_000_000, 7), (0, 1, 0, 1), (1, 1, 7_900_000, 8), (0, 2, 0, 1),
      (0, 3, 0, 1), (1, 3, 3_000_000, 9),
    ])
    #expect(joined.map { $0.places[1]?.length } == [7, 8, 8, 9])
    #expect(joined.map { $0.places[1]?.offset } == [3_000_000, 7_900_000, nil, 3_000_000])
    #expect(joined.map(\.samples) == [2, 2, 1, 2])
  }

  @Test func `a CPU that went away counts no more, and a tick that may come on waits`() {
    let joined = ticks([(1, 0, 0, 5)] + (0..<200).map { (0, $0, 0, 1) })
    #expect(joined.count == 200)
    #expect(joined[50].places.count == 2 && joined[150].places.count == 1)
    #expect(ticks((0..<5).map { (0, $0, 0, 1) }, isLast: false).count == 3)
  }

  @Test func `ticks come when all CPUs are there, or when one does not come for long`() {
    let joined = ticks((0..<3).map { (0, $0, 0, 1) } + [(1, 2, 0, 7), (0, 3, 0, 1), (1, 3, 0, 8)])
    #expect(joined.map { $0.places[1]?.length } == [7, 8])
    #expect(ticks((0..<150).map { (0, $0, 0, 1) } + [(1, 149, 0, 7)]).count == 50)
  }

  @Test func `a sample that comes when its tick was told is not lost`() {
    var ticks = CPUTicks(frequency: 100, cpus: 2)
    func add(_ cpu: UInt32, _ tick: UInt64) {
      ticks.add(cpu: cpu, time: tick * Self.period + Self.period, length: 1, isSelected: false)
    }
    for tick: UInt64 in 0..<4 { add(0, tick) }
    add(1, 0)
    #expect(ticks.take(isLast: false).count == 2)
    add(1, 1)
    let rest = ticks.take(isLast: true)
    #expect(rest.map(\.samples) == [2, 1])
    #expect(!rest.contains { $0.isSelected })
  }
}
