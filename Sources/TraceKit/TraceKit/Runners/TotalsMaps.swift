/// The numbers that totals stand by, which are below `TOTALS_NUMBERS`.
public struct TotalsNumbers<Key> {
  let count: UInt32
  let key: (_ number: UInt32, _ cpu: UInt32) -> Key

  /// - Parameters:
  ///   - count: how many there are, as the programs have it.
  ///   - key: makes the key of a number on a CPU.
  public init(count: Int, key: @escaping (_ number: UInt32, _ cpu: UInt32) -> Key) {
    self.count = UInt32(count)
    self.key = key
  }
}

/// The two sets of totals that `lib/totals.bpf.h` keeps, of which one is written.
enum TotalsMaps<Key: BitwiseCopyable, Totals: BitwiseCopyable> {
  case keyed(even: HashMap<Key, Totals>, odd: HashMap<Key, Totals>)
  case numbered(PerCPUArray<Totals>, TotalsNumbers<Key>)

  init(_ object: LoadedObject, _ numbers: TotalsNumbers<Key>?) throws(BPFError) {
    self =
      if let numbers {
        .numbered(try PerCPUArray("totals_numbered", in: object), numbers)
      } else {
        .keyed(
          even: try HashMap("totals_even", in: object), odd: try HashMap("totals_odd", in: object))
      }
  }

  /// Takes out all of a set that nobody writes.
  ///
  /// - Parameter events: how many events totals stand for.
  func drain(
    _ set: UInt32, _ events: (Totals) -> UInt64
  ) throws(BPFError) -> [(key: Key, value: Totals)] {
    switch self {
    case .keyed(let even, let odd): return try (set == 0 ? even : odd).drain()
    case .numbered(let array, let numbers):
      var found: [(key: Key, value: Totals)] = []
      for number in 0..<numbers.count {
        let place = set * numbers.count + number
        let ofCPUs = try array.values(at: place).enumerated().filter { events($1) > 0 }
        guard !ofCPUs.isEmpty else { continue }
        try array.clear(at: place)
        found += ofCPUs.map { (numbers.key(number, UInt32($0)), $1) }
      }
      return found
    }
  }
}
