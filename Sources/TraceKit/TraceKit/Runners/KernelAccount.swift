import CLinux
import Wire

/// The kernel's part of a run's account.
public final class KernelAccount {
  private let session: Session
  private let counts: PerCPUArray<Wire.ledger>
  private let memory: MapMemory
  /// Whether the programs are attached.
  public private(set) var isOpen = true

  /// - Throws: ``BPFError`` where the object was not made with
  ///   `lib/ledger.bpf.h`.
  public init(_ session: Session) throws(BPFError) {
    self.session = session
    counts = try PerCPUArray("ledger", in: session.object)
    memory = session.mapMemory()
  }

  /// Detaches the programs and waits for those that run, so that the account and
  /// the events no longer change.
  public func stop() {
    guard isOpen else { return }
    session.detach()
    linux_wait_for_programs()
    isOpen = false
  }

  /// How many events each CPU has counted that were written, or will be.
  func begun() throws -> [UInt64] {
    try counts.values(at: 0).map { $0.seen &- $0.lost }
  }

  public func ledger() throws -> Ledger {
    var sum = Ledger()
    sum.add(try counts.values(at: 0))
    let statistics = session.statistics()
    sum.missed = statistics.misses
    sum.maps = memory
    sum.programTime = session.measuresTime ? statistics.nanoseconds : nil
    return sum
  }
}
