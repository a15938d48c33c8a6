/// What was done in interrupts, by the stacks of `lib/waker.bpf.h`.
extension StackSide {
  /// An interrupt, with its own frames.
  ///
  /// - Parameter frames: innermost first; those of the task that it found are among them.
  /// - Returns: nil where that task did it itself.
  init?(interrupt frames: [Frame]) {
    var end = frames.count
    // The innermost frame that can decide does.
    for (index, frame) in frames.enumerated() {
      if Self.isOfTask(frame.name) { return nil }
      guard Self.isEntry(frame.name) else { continue }
      end = index + frames[index...].prefix { Self.isEntry($0.name) }.count
      break
    }
    self.init(
      pid: 0, tid: 0, comm: Array("[interrupt]".utf8), kernel: Array(frames[..<end]), user: [],
      isInterrupt: true)
  }

  /// Whether the kernel is entered there by an interrupt: on x86, with FRED too, and on arm64.
  private static func isEntry(_ name: String) -> Bool {
    name.hasPrefix("asm_sysvec_") || name.hasPrefix("sysvec_")
      || [
        "asm_common_interrupt", "common_interrupt", "fred_extint", "el1h_64_irq", "el0t_64_irq",
        "el0t_32_irq", "el1_irq", "el0_irq", "el0_irq_naked",
      ].contains(name)
  }

  /// Whether a task works there for itself: it runs softirqs, handles an exception, is on its
  /// way back to user space after an interrupt, or is in a system call.
  private static func isOfTask(_ name: String) -> Bool {
    name == "do_softirq"
      || [
        // As a compiler splits it.
        "do_softirq.part.", "asm_exc_", "exc_", "irqentry_exit", "exit_to_user_mode",
        "prepare_exit_to_usermode", "do_syscall_", "do_int80_", "do_fast_syscall_",
        "__do_fast_syscall_", "entry_SYSCALL_", "entry_SYSENTER_",
      ].contains { name.hasPrefix($0) }
  }

  var shownPID: UInt32? { isInterrupt ? nil : pid }
  var shownTID: UInt32? { isInterrupt ? nil : tid }
}

extension StackSample {
  /// What distinguishes the samples whose waker is an interrupt.
  private struct Interrupted: Hashable {
    let pid: UInt32
    let tid: UInt32
    let comm: [UInt8]
    /// By their addresses, as the programs distinguish them.
    let frames: [[UInt64]]
    /// By their names: whether it found the kernel or a program, the entry is left at another
    /// address.
    let interrupt: [String]

    init(_ side: StackSide, by waker: StackSide) {
      (pid, tid, comm) = (side.pid, side.tid, side.comm)
      frames = [side.kernel, side.user].map { $0.map(\.address) }
      interrupt = waker.kernel.map(\.name)
    }
  }

  /// Of an interrupt there is a sample for each task that it found, and each place.
  static func joiningInterrupts(_ samples: [StackSample]) -> [StackSample] {
    guard samples.contains(where: { $0.waker?.isInterrupt == true }) else { return samples }
    var joined: [StackSample] = []
    var places: [Interrupted: Int] = [:]
    for sample in samples {
      guard let waker = sample.waker, waker.isInterrupt else {
        joined.append(sample)
        continue
      }
      let key = Interrupted(sample.side, by: waker)
      if let place = places[key] {
        joined[place] = joined[place].adding(sample)
      } else {
        places[key] = joined.count
        joined.append(sample)
      }
    }
    return joined
  }

  func adding(_ other: StackSample) -> StackSample {
    StackSample(
      side: side, waker: waker, count: count + other.count, time: time &+ other.time, taken: taken)
  }
}
