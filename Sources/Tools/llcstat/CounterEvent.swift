import TraceKit

/// Events that processors or the kernel count, by the names that perf gives them.
enum CounterEvent {
  static let references = Sampling.Source(hardware: "cache-references", 2)
  static let misses = Sampling.Source(hardware: "cache-misses", 3)

  /// linux/perf_event.h: a cache, what is done with it, and with which result.
  private static func cache(_ name: String, _ cache: UInt64, isStore: Bool, isMiss: Bool)
    -> Sampling.Source
  {
    Sampling.Source(name, type: 3, event: cache | (isStore ? 1 : 0) << 8 | (isMiss ? 1 : 0) << 16)
  }

  private static let known: [Sampling.Source] =
    [references, misses]
    + [("L1-dcache", 0), ("LLC", 2), ("dTLB", 3)].flatMap { name, number in
      [
        cache("\(name)-loads", number, isStore: false, isMiss: false),
        cache("\(name)-load-misses", number, isStore: false, isMiss: true),
        cache("\(name)-stores", number, isStore: true, isMiss: false),
        cache("\(name)-store-misses", number, isStore: true, isMiss: true),
      ]
    } + [
      Sampling.Source(software: "page-faults", 2), Sampling.Source(software: "minor-faults", 5),
      Sampling.Source(software: "major-faults", 6),
    ]

  /// A name, or `r` and the number of the processor's own event in hexadecimal.
  @Sendable static func named(_ text: String) throws -> Sampling.Source {
    if let event = known.first(where: { $0.name == text }) { return event }
    if text.hasPrefix("r"), let number = UInt64(text.dropFirst(), radix: 16), text.count < 18 {
      return Sampling.Source(text, type: 4, event: number)
    }
    throw ValidationError(
      "an event must be \(known.map(\.name).joined(separator: ", ")), or r and a number")
  }
}
