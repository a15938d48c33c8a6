import CLinux
import Glibc

/// Runs what may never return on a thread of its own: opening and reading files on a mount
/// that somebody else serves, or whose server is gone.
///
/// The thread is abandoned when its time is over. What waits for such a mount can be
/// killed, so it ends with this process.
final class BoundedThread {
  private var lane: Lane?
  private var abandoned = 0
  /// Each holds a stack, and whatever it waits for.
  private static let mostAbandoned = 16

  private init() {}

  /// Makes one, whose thread starts when it is needed.
  ///
  /// It is not inlined: Swift 6.3 puts one that is used in one function alone on the stack,
  /// and crashes when it releases it.
  @inline(never)
  static func make() -> BoundedThread { BoundedThread() }

  /// - Parameters:
  ///   - seconds: how long to wait for it.
  ///   - work: must not share what it changes with anybody.
  /// - Returns: nil where it did not return in time, or too many others did not.
  func run<Value>(atMost seconds: Double, _ work: @escaping () -> Value) -> Value? {
    guard abandoned < Self.mostAbandoned, let lane = lane ?? Lane.start() else { return nil }
    self.lane = lane
    let box = Box<Value>()
    guard lane.run(atMost: seconds, { box.value = work() }) else {
      self.lane = nil
      abandoned += 1
      return nil
    }
    return box.value
  }

  deinit { lane?.end() }

  private final class Box<Value> {
    var value: Value?
  }
}

/// A thread that does one work after the other.
private final class Lane: @unchecked Sendable {
  private let wanted = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
  private let done = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
  /// Nil ends the thread.
  private var work: (() -> Void)?

  private init() {
    sem_init(wanted, 0, 0)
    sem_init(done, 0, 0)
  }

  deinit {
    for semaphore in [wanted, done] {
      sem_destroy(semaphore)
      semaphore.deallocate()
    }
  }

  /// Nil where no thread can be made.
  static func start() -> Lane? {
    let lane = Lane()
    let context = Unmanaged.passRetained(lane)
    let error = linux_start_elsewhere(
      { context in
        let lane = Unmanaged<Lane>.fromOpaque(context!).takeRetainedValue()
        while lane.serveOne() {}
        return nil
      }, context.toOpaque())
    guard error == 0 else {
      context.release()
      return nil
    }
    return lane
  }

  private func serveOne() -> Bool {
    while sem_wait(wanted) != 0 {}
    guard let work else { return false }
    work()
    // What it holds is released before its owner goes on.
    self.work = nil
    sem_post(done)
    return true
  }

  func run(atMost seconds: Double, _ work: @escaping () -> Void) -> Bool {
    self.work = work
    sem_post(wanted)
    if linux_await(done, UInt64(seconds * 1e9)) { return true }
    // When it returns after all, it finds nothing more to do and ends.
    sem_post(wanted)
    return false
  }

  func end() { sem_post(wanted) }
}
