/// Joins samples that a timer of each CPU takes to looks at all CPUs.
///
/// The timers have one period, and each starts when it is attached. The samples of a tick are
/// therefore not taken at one instant, but a timer keeps its distance to the others. A sample
/// belongs to the tick that is nearest by its own CPU's phase, so it can come late, as on a
/// CPU that held interrupts off or was not run by a hypervisor, without moving all others.
public struct CPUTicks {
  /// What one CPU had in a tick.
  public struct Place: Equatable, Sendable {
    public let length: UInt32
    /// How long after the first sample of the tick it was taken; nil: it was not, and the
    /// length is that of the sample before.
    public fileprivate(set) var offset: UInt64?
    fileprivate let time: UInt64
  }

  /// A look at all CPUs.
  public struct Tick: Sendable {
    /// Of the first sample.
    public let time: UInt64
    /// How many samples it was made of.
    public let samples: UInt64
    public let isSelected: Bool
    /// By the number of the CPU.
    public let places: [UInt32: Place]

    /// CPUs that had a task to run.
    public var busy: Int { places.values.count { $0.length > 0 } }

    /// CPUs that had none, as far as others had one too many.
    public var unclaimed: Int {
      let queued = places.values.reduce(0) { $0 + max(Int($1.length) - 1, 0) }
      return min(places.count - busy, queued)
    }
  }

  private struct Open {
    var samples: UInt64 = 0
    var isSelected = false
    var places: [UInt32: Place] = [:]
  }

  private struct Phase {
    /// When the CPU's first sample was taken, and in which tick.
    let start: UInt64
    let tick: UInt64
    /// The last one.
    var last: UInt64
    var length: UInt32 = 0
  }

  private let period: UInt64
  private let cpus: Int
  /// Whether all CPUs were in a tick.
  private var isComplete = false
  /// Half a period before the first sample.
  private var base: UInt64?
  private var phases: [UInt32: Phase] = [:]
  private var open: [UInt64: Open] = [:]
  private var newest: UInt64 = 0
  /// The first tick that can still come.
  private var next: UInt64 = 0

  /// Ticks for which a CPU is waited for, and a CPU that is silent for longer is gone.
  private static let patience: UInt64 = 2
  private static let silence: UInt64 = 100

  /// Ticks come from the first on in which all CPUs are, since the last timer may be
  /// attached long after the first.
  ///
  /// - Parameters:
  ///   - frequency: samples a second on each CPU.
  ///   - cpus: how many have a timer.
  public init(frequency: UInt64, cpus: Int) {
    period = max(1_000_000_000 / frequency, 1)
    self.cpus = cpus
  }

  /// Takes a sample.
  ///
  /// - Parameters:
  ///   - time: when it was taken.
  ///   - length: how many tasks the CPU had.
  ///   - isSelected: whether its tick is wanted; so it is if one of its samples says so.
  public mutating func add(cpu: UInt32, time: UInt64, length: UInt32, isSelected: Bool) {
    let base = base ?? (time > period / 2 ? time - period / 2 : 0)
    self.base = base
    let start = phases[cpu]?.start ?? time
    let first = phases[cpu]?.tick ?? (time > base ? (time - base) / period : 0)
    let late = time > start ? time - start : 0
    // One that comes when its tick is told is of the next.
    let tick = max(first + (late + period / 2) / period, next)
    phases[cpu, default: Phase(start: start, tick: first, last: tick)].last = tick
    open[tick, default: Open()].samples += 1
    if isSelected { open[tick]?.isSelected = true }
    open[tick]?.places[cpu] = Place(length: length, time: time)
    newest = max(newest, tick)
  }

  /// Takes out the ticks that are over, in their order.
  ///
  /// - Parameter isLast: no more samples come.
  public mutating func take(isLast: Bool) -> [Tick] {
    var ticks: [Tick] = []
    for number in open.keys.sorted() where isLast || number + Self.patience <= newest {
      guard let taken = open.removeValue(forKey: number) else { continue }
      next = number + 1
      isComplete = isComplete || taken.places.count >= cpus || number >= Self.silence
      guard isComplete else { continue }
      let time = taken.places.values.map(\.time).min() ?? 0
      var places = taken.places.mapValues { place in
        var place = place
        place.offset = place.time - time
        return place
      }
      for (cpu, phase) in phases {
        if let place = places[cpu] {
          phases[cpu]?.length = place.length
        } else if number > phase.tick, phase.last + Self.silence > number {
          places[cpu] = Place(length: phase.length, time: time)
        }
      }
      ticks.append(
        Tick(time: time, samples: taken.samples, isSelected: taken.isSelected, places: places))
    }
    return ticks
  }
}
