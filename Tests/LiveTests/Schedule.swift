import Dispatch
import Foundation
import Synchronization
import Testing

/// Runs while no other live test does: it counts what the whole machine does, changes a
/// setting of the kernel, or loads both processors.
struct Alone: SuiteTrait, TestTrait {
  var isRecursive: Bool { true }
}

extension Trait where Self == Alone {
  static var alone: Self { Self() }
}

/// Lets so many live tests run at a time, each in a thread of its own, since a test waits
/// for processes most of its time; says what each took, and ends a run that hangs.
struct Schedule: SuiteTrait, TestTrait, TestScoping {
  /// An emulated machine has nothing to do meanwhile.
  private static let width = Patience.isEmulated ? 1 : 6
  private static let gate = Gate(width: width)
  private static let threads = TestThreads()

  var isRecursive: Bool { true }

  func scopeProvider(for test: Test, testCase: Test.Case?) -> Self? {
    testCase == nil ? nil : self
  }

  func provideScope(
    for test: Test, testCase: Test.Case?,
    performing function: @Sendable () async throws -> Void
  ) async throws {
    let isAlone = test.traits.contains { $0 is Alone }
    await Self.gate.enter(isAlone: isAlone)
    defer { Self.gate.leave(isAlone: isAlone) }
    let start = ContinuousClock.now
    try await withTaskExecutorPreference(Self.threads) {
      try await RepeatedWhereTasksAreHidden.run(function)
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    // The report reads these lines: see Tests/times.
    print("TIME\t\(String(format: "%.2f", seconds))\t\(test.id)")
  }
}

extension Trait where Self == Schedule {
  static var scheduled: Self { Self() }
}

/// Threads without a limit: a task that blocks keeps no other from running.
private final class TestThreads: TaskExecutor {
  private let queue = DispatchQueue(label: "live tests", attributes: .concurrent)

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}

/// Lets several in at a time, or one alone once nobody else waits.
private final class Gate: Sendable {
  private struct State {
    var running = 0
    var hasAlone = false
    var waiting: [CheckedContinuation<Void, Never>] = []
    var waitingAlone: [CheckedContinuation<Void, Never>] = []
  }

  private let width: Int
  private let state = Mutex(State())

  init(width: Int) {
    self.width = width
  }

  func enter(isAlone: Bool) async {
    await withCheckedContinuation { continuation in
      state.withLock { state in
        if isAlone {
          state.waitingAlone.append(continuation)
        } else {
          state.waiting.append(continuation)
        }
        admit(&state)
      }
    }
  }

  func leave(isAlone: Bool) {
    state.withLock { state in
      if isAlone { state.hasAlone = false } else { state.running -= 1 }
      admit(&state)
    }
  }

  private func admit(_ state: inout State) {
    while !state.hasAlone, state.running < width, !state.waiting.isEmpty {
      state.running += 1
      state.waiting.removeFirst().resume()
    }
    if !state.hasAlone, state.running == 0, !state.waitingAlone.isEmpty {
      state.hasAlone = true
      state.waitingAlone.removeFirst().resume()
    }
  }
}
