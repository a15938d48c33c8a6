import Foundation
import Testing

@testable import TraceKit

@Suite struct EventClockTests {
  private func written(_ times: [UInt64], _ format: TimeFormat) -> [String] {
    let clock = testClock()
    return times.map { time in text { clock.write(time, as: format, to: $0) } }
  }

  /// The last nanosecond of a second, the first of the next, and one before
  /// both: events of several CPUs do not come in their order.
  private let boundary: [UInt64] = [100_999_999_999, 101_000_000_000, 100_000_000_001]

  @Test func `the time of day is that of the event on both sides of a second`() {
    #expect(written(boundary, .utc) == ["22:13:20", "22:13:21", "22:13:20"])
  }

  @Test func `the local time is that of this machine`() {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = "HH:mm:ss"
    let expected = [1_700_000_000.0, 1_700_000_001, 1_700_000_000].map {
      formatter.string(from: Date(timeIntervalSince1970: $0))
    }
    #expect(written(boundary, .local) == expected)
  }

  @Test func `a date and time is RFC 3339 with nanoseconds`() {
    #expect(
      written(boundary, .iso) == [
        "2023-11-14T22:13:20.999999999Z", "2023-11-14T22:13:21.000000000Z",
        "2023-11-14T22:13:20.000000001Z",
      ])
    let newYear = EventClock(start: 0, offset: 1_704_067_199_000_000_000)
    #expect(text { newYear.write(5, as: .iso, to: $0) } == "2023-12-31T23:59:59.000000005Z")
    #expect(
      text { newYear.write(1_000_000_000, as: .iso, to: $0) } == "2024-01-01T00:00:00.000000000Z")
  }

  @Test func `the other forms count seconds`() {
    #expect(
      written(boundary, .epoch)
        == ["1700000000.999999999", "1700000001.000000000", "1700000000.000000001"])
    #expect(written(boundary, .boot) == ["100.999999", "101.000000", "100.000000"])
    #expect(written(boundary, .elapsed) == ["0.999999", "1.000000", "0.000000"])
    #expect(written(boundary, .none) == ["", "", ""])
  }

  @Test func `one clock writes several forms of the same second`() {
    let clock = testClock()
    for _ in 0..<2 {
      #expect(text { clock.write(100_000_000_000, as: .utc, to: $0) } == "22:13:20")
      #expect(
        text { clock.write(100_000_000_000, as: .epoch, to: $0) } == "1700000000.000000000")
    }
  }

  @Test(arguments: [
    ("monotonic           0         0\nboottime            0         0\n", 0),
    ("monotonic      864000 500000000\nboottime       5 0\n", 864_000_500_000_000),
    ("monotonic          -7         1\n", -6_999_999_999), ("", 0), ("monotonic x y\n", 0),
  ])
  func `what a time namespace adds is known`(text: String, nanoseconds: Int64) {
    #expect(EventClock.namespaceOffset(in: text) == nanoseconds)
  }

  @Test func `what was before the start has no time elapsed`() {
    let clock = testClock()
    #expect(clock.elapsed(99_999_999_999) == 0)
    #expect(clock.elapsed(100_000_000_001) == 1)
    let table = cell(.table) { $0.elapsed(101_234_567_890, decimals: 3) }
    #expect(table == Array("1.234".utf8))
  }

  @Test func `the kernel's clock becomes the time of now`() throws {
    let clock = EventClock()
    let before = Date().timeIntervalSince1970
    let now = EventClock.now
    let after = Date().timeIntervalSince1970
    let epoch = try #require(Double(text { clock.write(now, as: .epoch, to: $0) }))
    #expect((before - 0.01...after + 0.01).contains(epoch))
  }

  @Test func `a step of the time of day is followed and a jitter is not`() throws {
    let exact = EventClock()
    exact.follow()
    let wrong = EventClock(start: 0, offset: 0)
    wrong.follow()
    let now = EventClock.now
    let (left, right) = (
      text { exact.write(now, as: .epoch, to: $0) },
      text { wrong.write(now, as: .epoch, to: $0) }
    )
    #expect(abs(try #require(Double(left)) - #require(Double(right))) < 0.01)
  }
}
