import Glibc
import NIOCore
import NIOPosix
import Synchronization
import TraceKit

/// Sends metrics at an interval, and events as they come, to one receiver.
///
/// What cannot be sent is sent again after a pause, a few times; then events are dropped and
/// counted, while metrics are all in the next request.
public final class Sender: Sendable {
  private let receiver: Receiver
  private let registry: Registry
  private let group: MultiThreadedEventLoopGroup
  private let interval: Double
  private let queue = LogQueue()
  private let messages: OTLPMessages
  private let isEnding = Atomic(false)
  private let ended: EventLoopPromise<Void>

  private static let attempts = 5
  /// Seconds.
  private static let firstPause = 1.0
  private static let longestPause = 30.0
  private static let logInterval = 1.0
  private static let lastPatience = TimeAmount.seconds(5)

  public init(
    _ receiver: Receiver, _ registry: Registry, on group: MultiThreadedEventLoopGroup,
    every interval: Double
  ) {
    self.receiver = receiver
    self.registry = registry
    self.group = group
    self.interval = interval
    var names = utsname()
    uname(&names)
    let host = withUnsafeBytes(of: names.nodename) { name in
      String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
    }
    messages = OTLPMessages(host: host, start: Self.now)
    ended = group.next().makePromise()
  }

  /// Nanoseconds since 1970.
  private static var now: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// Takes an event.
  public func add(_ record: JSONRecord, _ line: [UInt8], of tool: String) {
    let log = LogRecord(tool: tool, fields: record, body: String(decoding: line, as: UTF8.self))
    if !queue.add(log) { registry.sends { $0.dropped += 1 } }
  }

  public func start() {
    registry.sends { _ in }
    Task {
      await run()
      ended.succeed()
    }
  }

  /// Sends what there is, for which it waits a while.
  public func stop() {
    isEnding.store(true, ordering: .relaxed)
    let deadline = group.next().scheduleTask(in: Self.lastPatience) { [ended] in ended.succeed() }
    try? ended.futureResult.wait()
    deadline.cancel()
  }

  private func run() async {
    let ticks = max(Int(interval / Self.logInterval), 1)
    let pause = min(interval, Self.logInterval)
    var tick = 0
    while true {
      let isLast = isEnding.load(ordering: .relaxed)
      await sendLogs()
      if isLast || tick % ticks == 0 {
        let now = Self.now
        _ = await send(messages.metrics(registry.families, at: now), to: "/v1/metrics", attempts: 1)
      }
      if isLast { return }
      tick += 1
      // In steps, so that the end is not waited for.
      let end = ContinuousClock.now + .seconds(pause)
      while ContinuousClock.now < end, !isEnding.load(ordering: .relaxed) {
        try? await Task.sleep(for: .milliseconds(50))
      }
    }
  }

  private func sendLogs() async {
    while queue.count > 0 {
      let batch = queue.take()
      let isSent = await send(
        messages.logs(batch, at: Self.now), to: "/v1/logs", attempts: Self.attempts)
      if !isSent { registry.sends { $0.dropped += Double(batch.count) } }
    }
  }

  /// - Returns: whether the receiver took it.
  private func send(_ body: [UInt8], to path: String, attempts: Int) async -> Bool {
    var pause = Self.firstPause
    for attempt in 1...attempts {
      let answer = try? await HTTPPost.send(body, to: receiver, path: path, on: group)
      if let answer, (200..<300).contains(answer.status) {
        registry.sends { $0.sent += 1 }
        return true
      }
      registry.sends { $0.failures += 1 }
      // What the protocol calls worth another attempt.
      let isTemporary = answer.map { [429, 502, 503, 504].contains($0.status) } ?? true
      guard isTemporary, attempt < attempts, !isEnding.load(ordering: .relaxed) else {
        return false
      }
      try? await Task.sleep(
        for: .seconds(min(max(answer?.pause ?? pause, 0.1), Self.longestPause)))
      pause = min(pause * 2, Self.longestPause)
    }
    return false
  }
}
