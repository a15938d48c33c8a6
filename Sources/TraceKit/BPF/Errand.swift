import Glibc

/// Work that a thread of its own does while its owner goes on. What it changes is the
/// owner's again after ``wait()``.
@safe final class Errand {
  private let work: () -> Void
  private var thread: pthread_t?

  /// Where no thread can be made, the work is done at once.
  init(_ work: @escaping () -> Void) {
    self.work = work
    var thread = pthread_t()
    // It is waited for before this object goes.
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    let error = unsafe pthread_create(
      &thread, nil,
      { context in
        unsafe Unmanaged<Errand>.fromOpaque(context!).takeUnretainedValue().work()
        return nil
      }, context)
    if error == 0 { self.thread = thread } else { work() }
  }

  deinit { wait() }

  func wait() {
    guard let thread else { return }
    unsafe pthread_join(thread, nil)
    self.thread = nil
  }
}
