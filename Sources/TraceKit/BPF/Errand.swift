import CLinux
import Glibc
import Synchronization

/// Work that another thread does while its owner goes on. What it changes is the owner's
/// again after ``wait()``.
@safe final class Errand {
  private let job: Job

  private init(_ job: Job) { self.job = job }

  /// Starts one work on a thread of its own.
  convenience init(_ work: @escaping () -> Void) {
    let job = Job(work)
    Worker.start([job])
    self.init(job)
  }

  /// Starts several. Where there is no CPU for each, one thread does them in their order,
  /// so that the first is done soon.
  static func start(_ works: [() -> Void]) -> [Errand] {
    let jobs = works.map(Job.init)
    if linux_usable_processors() > jobs.count {
      for job in jobs { Worker.start([job]) }
    } else {
      Worker.start(jobs)
    }
    return jobs.map(Errand.init)
  }

  /// What has not begun is given up.
  deinit { _ = job.claim() }

  /// Returns when the work is done. Where no thread has begun it, as on a machine with
  /// more to run than CPUs, the caller does it.
  func wait() { job.claim() ? job.perform() : job.wait() }

  var isDone: Bool { job.isDone }
}

/// A work and whether it is done: the first to claim it does it.
@safe private final class Job {
  private let work: () -> Void
  private let isClaimed = Atomic(false)
  private let done = unsafe UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

  init(_ work: @escaping () -> Void) {
    self.work = work
    unsafe sem_init(done, 0, 0)
  }

  deinit {
    unsafe sem_destroy(done)
    unsafe done.deallocate()
  }

  func claim() -> Bool { !isClaimed.exchange(true, ordering: .acquiringAndReleasing) }

  func perform() {
    work()
    unsafe sem_post(done)
  }

  func wait() {
    while unsafe sem_wait(done) != 0 {}
    // For the next who waits.
    unsafe sem_post(done)
  }

  var isDone: Bool {
    var posted: Int32 = 0
    unsafe sem_getvalue(done, &posted)
    return posted > 0
  }
}

/// The works of one thread.
@safe private final class Worker {
  private let jobs: [Job]

  private init(_ jobs: [Job]) { self.jobs = jobs }

  /// Where no thread can be made, those who wait for the works do them.
  static func start(_ jobs: [Job]) {
    let context = unsafe Unmanaged.passRetained(Worker(jobs))
    let error = unsafe linux_start_elsewhere(
      { context in
        let worker = unsafe Unmanaged<Worker>.fromOpaque(context!).takeRetainedValue()
        for job in worker.jobs where job.claim() { job.perform() }
        return nil
      }, context.toOpaque())
    if error != 0 { unsafe context.release() }
  }
}
