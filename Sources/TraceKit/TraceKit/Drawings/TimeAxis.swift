import Glibc

/// Times of the kernel's clock as a person reads them, and those to mark on an axis.
struct TimeAxis {
  let clock: EventClock
  let isUTC: Bool

  struct Tick {
    let time: UInt64
    let label: String
    /// The day, where it is another one than that of the tick before.
    var day: String?
  }

  private static let second: Int64 = 1_000_000_000
  private static let steps: [Int64] =
    [1, 2, 5, 10, 20, 50, 100, 200, 500].map { $0 * 1_000_000 }
    + [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800].map { $0 * second }
    + [1, 2, 3, 6, 12, 24, 48, 168, 336, 672, 1344, 2688, 8760, 87_600].map { $0 * 3600 * second }

  /// At most so many of them, at round times of day.
  func ticks(from start: UInt64, to end: UInt64, atMost limit: Int) -> [Tick] {
    let length = Int64(clamping: end - start)
    guard let step = Self.steps.first(where: { length / $0 < limit }) else { return [] }
    let first = parts(start)
    let zone = Int64(first.tm_gmtoff) * Self.second
    let begin = clock.timeOfDay(start) + zone
    var round = (begin + step - 1) / step * step
    var ticks: [Tick] = []
    var known = day(first)
    while round - begin <= length {
      let time = start + UInt64(round - begin)
      let date = day(parts(time))
      let label = step < 24 * 3600 * Self.second ? text(time, step: step) : date
      let isNew = date != known && label != date
      ticks.append(Tick(time: time, label: label, day: isNew ? date : nil))
      known = date
      round += step
    }
    return ticks
  }

  /// A time of day, as exact as a step needs it.
  func text(_ time: UInt64, step: Int64) -> String {
    let parts = parts(time)
    let minutes = Self.padded(parts.tm_hour) + ":" + Self.padded(parts.tm_min)
    if step % (60 * Self.second) == 0 { return minutes }
    let seconds = minutes + ":" + Self.padded(parts.tm_sec)
    if step % Self.second == 0 { return seconds }
    let milliseconds = clock.timeOfDay(time) % Self.second / 1_000_000
    let digits = String(1000 + milliseconds).dropFirst()
    return seconds + "." + (step % 100_000_000 == 0 ? digits.prefix(1) : digits)
  }

  /// From when to when, with the days and the zone.
  func range(from start: UInt64, to end: UInt64) -> String {
    let (first, last) = (parts(start), parts(end))
    let days = [first, last].map { "\($0.tm_year + 1900)-" + day($0) }
    let from = days[0] + " " + text(start, step: Self.second)
    let to = (days[0] == days[1] ? "" : days[1] + " ") + text(end, step: Self.second)
    return "\(from) to \(to) \(zone(first))"
  }

  private func zone(_ parts: tm) -> String {
    let minutes = parts.tm_gmtoff / 60
    guard minutes != 0 else { return "UTC" }
    let hours = Self.padded(Int32(minutes.magnitude / 60))
    return "UTC" + (minutes < 0 ? "−" : "+") + hours + ":"
      + Self.padded(Int32(minutes.magnitude % 60))
  }

  private func day(_ parts: tm) -> String {
    Self.padded(parts.tm_mon + 1) + "-" + Self.padded(parts.tm_mday)
  }

  private func parts(_ time: UInt64) -> tm {
    clock.parts(clock.timeOfDay(time) / Self.second, isUTC: isUTC)
  }

  private static func padded(_ number: Int32) -> String {
    number < 10 ? "0\(number)" : "\(number)"
  }
}
