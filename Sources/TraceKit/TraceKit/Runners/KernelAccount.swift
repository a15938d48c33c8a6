import CLinux
import Wire

/// The kernel's part of a run's account.
final class KernelAccount {
  private let session: Session
  private let counts: PerCPUArray<Wire.ledger>
  /// Whether the programs are attached.
  private(set) var isOpen = true

  /// - Throws: ``BPFError`` where the object was not made with
  ///   `lib/ledger.bpf.h`.
  init(_ session: Session) throws(BPFError) {
    self.session = session
    counts = try PerCPUArray("ledger", in: session.object)
  }

  /// Detaches the programs and waits for those that run, so that the account and
  /// the events no longer change.
  func stop() {
    guard isOpen else { return }
    session.detach()
    linux_wait_for_programs()
    isOpen = false
  }

  func ledger() throws -> Ledger {
    var sum = Ledger()
    sum.add(try counts.values(at: 0))
    let statistics = session.statistics()
    sum.missed = statistics.recursionMisses
    sum.programTime = session.measuresTime ? statistics.nanoseconds : nil
    return sum
  }
}
