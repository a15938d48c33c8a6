/// Does something at each interval of a run, and a last time at its end.
struct IntervalLoop {
  /// Seconds; nil: only at the end.
  var interval: Double?
  /// Stop after this many intervals.
  var count: Int?
  /// Stop after this many seconds.
  var duration: Double?

  /// Runs until the count or the duration is reached, a signal comes or the
  /// traced command ends.
  ///
  /// - Parameters:
  ///   - ended: becomes readable when the command has ended.
  ///   - news: `onNews` is called when it becomes readable.
  ///   - isAsked: whether a tick is wanted now, asked at the start and after news.
  ///   - isDone: whether there is nothing more to wait for, asked after a tick that was wanted.
  ///   - atEnd: called once, before the last tick.
  ///   - tick: gets whether it is the last one.
  /// - Throws: ``Output/Closed`` where the reader goes away.
  func run(
    output: Output, clock: EventClock, until ended: Int32? = nil, news: Int32? = nil,
    isAsked: () -> Bool = { false }, isDone: () -> Bool = { false }, atEnd: () -> Void,
    onNews: () throws -> Void = {},
    tick: (_ isLast: Bool) throws -> Void
  ) throws {
    let loop = RunLoop(output: output, events: news, ended: ended)
    let end = duration.map { time(EventClock.now, plus: $0) }
    var ticks = 0
    var next = interval.map { time(EventClock.now, plus: $0) }
    while true {
      if isAsked() {
        clock.follow()
        try tick(false)
        if isDone() {
          atEnd()
          return try tick(true)
        }
      }
      let wake = loop.wait(until: earliest(next, end))
      if case .outputClosed = wake { throw Output.Closed() }
      let now = EventClock.now
      let isEnded = if case .ended = wake { true } else { false }
      let isDue = next.map { now >= $0 } ?? false
      let isOver = end.map { now >= $0 } ?? false
      guard isEnded || isDue || isOver else {
        try onNews()
        continue
      }
      ticks += 1
      let isLast = isEnded || isOver || ticks == count
      if isLast { atEnd() }
      clock.follow()
      try tick(isLast)
      if isLast { return }
      // The next is due an interval after this one was, not after it was done.
      if let interval, let due = next { next = max(time(due, plus: interval), EventClock.now) }
    }
  }
}
