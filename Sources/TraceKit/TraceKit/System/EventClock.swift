import BPF
import Glibc

/// How the time of an event is written.
public enum TimeFormat: String, Sendable, NamedValue {
  /// HH:MM:SS of the machine's time zone.
  case local
  /// HH:MM:SS of UTC.
  case utc
  /// RFC 3339 with nanoseconds, in UTC.
  case iso
  /// Seconds since 1970 with nanoseconds.
  case epoch
  /// Seconds since the tool started, with microseconds.
  case elapsed
  /// Seconds since the machine started, as the kernel's log counts them.
  case boot
  /// No time at all.
  case none
}

/// Turns the kernel's time of an event (CLOCK_MONOTONIC, nanoseconds) into the
/// time of day.
public final class EventClock {
  /// When the run started, on the kernel's clock.
  public let start: UInt64
  // The check of exclusive access would be made for each event.
  @exclusivity(unchecked) private(set) var offset: Int64
  /// Seconds east of UTC where the events were recorded; nil: the zone of this machine.
  private var zone: Int32?
  /// The second whose text is kept: events come many to a second.
  @exclusivity(unchecked) private var keptSecond = Int64.min
  @exclusivity(unchecked) private var keptFormat = TimeFormat.none
  private let kept = OutputBuffer(capacity: 32)

  public init() {
    start = Self.now
    offset = Self.currentOffset()
  }

  /// A clock of a run that started before this process.
  init(since start: UInt64) {
    self.start = start
    offset = Self.currentOffset()
  }

  /// A clock whose offset is known, for recorded events.
  init(start: UInt64, offset: Int64) {
    self.start = start
    self.offset = offset
  }

  /// A clock of recorded events, which ``stand(at:zone:)`` sets.
  init(recordedFrom start: UInt64) {
    self.start = start
    offset = 0
    zone = 0
  }

  /// The time of a replay; nil: the clock runs.
  ///
  /// All of a tool runs in one thread.
  nonisolated(unsafe) static var stopped: UInt64?

  /// Nanoseconds of CLOCK_MONOTONIC, as the kernel's programs read it.
  public static var now: UInt64 { stopped ?? monotonic }

  private static var monotonic: UInt64 {
    read(CLOCK_MONOTONIC) &- UInt64(bitPattern: namespaceOffset)
  }

  /// What a time namespace adds to the clock, which programs in the kernel do not see
  /// (time_namespaces(7)).
  private static let namespaceOffset = namespaceOffset(
    in: File.contents(of: "/proc/self/timens_offsets") ?? "")

  /// - Parameter text: lines of a clock, seconds and nanoseconds.
  static func namespaceOffset(in text: String) -> Int64 {
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 3, words[0] == "monotonic",
        let seconds = Int64(words[1]), let nanoseconds = Int64(words[2])
      else { continue }
      return seconds &* 1_000_000_000 &+ nanoseconds
    }
    return 0
  }

  /// The clock of recorded events stands so from now on.
  func stand(at offset: Int64, zone: Int32) {
    self.offset = offset
    self.zone = zone
    keptFormat = .none
  }

  /// Seconds east of UTC on this machine at a time of day.
  static func zone(at wall: Int64) -> Int32 {
    var seconds = time_t(wall / 1_000_000_000)
    var parts = tm()
    localtime_r(&seconds, &parts)
    return Int32(clamping: parts.tm_gmtoff)
  }

  /// A second since 1970 as date and time of day.
  func parts(_ second: Int64, isUTC: Bool) -> tm {
    var parts = tm()
    if !isUTC, let zone {
      var seconds = time_t(second &+ Int64(zone))
      gmtime_r(&seconds, &parts)
      parts.tm_gmtoff = Int(zone)
      return parts
    }
    var seconds = time_t(second)
    if isUTC { gmtime_r(&seconds, &parts) } else { localtime_r(&seconds, &parts) }
    return parts
  }

  private static func read(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  private static func currentOffset() -> Int64 {
    Int64(read(CLOCK_REALTIME)) &- Int64(bitPattern: monotonic)
  }

  /// Follows steps of the time of day, and suspensions of the machine, during
  /// which the kernel's clock stands still.
  func follow() {
    guard zone == nil else { return }
    let current = Self.currentOffset()
    // The two readings are not made at one instant; what is less than a
    // millisecond is not a step, and times must not jump back and forth.
    if (current - offset).magnitude > 1_000_000 { offset = current }
  }

  public func write(_ time: UInt64, as format: TimeFormat, to out: OutputBuffer) {
    switch format {
    case .none: return
    case .boot: return out.append(time / 1000, per: 1_000_000, decimals: 6)
    case .elapsed:
      return out.append(elapsed(time) / 1000, per: 1_000_000, decimals: 6)
    case .local, .utc, .iso, .epoch: break
    }
    let wall = timeOfDay(time)
    let (second, nanosecond) = (wall / 1_000_000_000, UInt64(wall % 1_000_000_000))
    if second != keptSecond || format != keptFormat { keep(second, format) }
    out.append(short: kept)
    guard format == .iso || format == .epoch else { return }
    out.append(byte: UInt8(ascii: "."))
    out.append(nanosecond, digits: 9)
    if format == .iso { out.append(byte: UInt8(ascii: "Z")) }
  }

  /// Nanoseconds since 1970. No event is older, whatever a broken one says.
  func timeOfDay(_ time: UInt64) -> Int64 { max(Int64(clamping: time) &+ offset, 0) }

  /// Nanoseconds from the start of the run to a time of the kernel's clock.
  public func elapsed(_ time: UInt64) -> UInt64 { time > start ? time - start : 0 }

  private func keep(_ second: Int64, _ format: TimeFormat) {
    keptSecond = second
    keptFormat = format
    kept.removeAll()
    if format == .epoch { return kept.append(second) }
    let parts = parts(second, isUTC: format != .local)
    if format == .iso {
      kept.append(UInt64(parts.tm_year + 1900), digits: 4)
      for part in [parts.tm_mon + 1, parts.tm_mday] {
        kept.append(byte: UInt8(ascii: "-"))
        kept.append(UInt64(part), digits: 2)
      }
      kept.append(byte: UInt8(ascii: "T"))
    }
    kept.append(UInt64(parts.tm_hour), digits: 2)
    for part in [parts.tm_min, parts.tm_sec] {
      kept.append(byte: UInt8(ascii: ":"))
      kept.append(UInt64(part), digits: 2)
    }
  }
}
