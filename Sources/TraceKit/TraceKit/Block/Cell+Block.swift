public import Wire

/// What tools that trace block requests write.
extension Cell {
  /// The name of a disk; its numbers where it is gone.
  public func disk(_ number: disk_number) {
    text(DiskNames.shared.name(of: Disks.Number(number)))
  }

  /// The name of the task that submitted a request. In the table, that of the kernel's
  /// worker that writes pages back for others says nothing, so what it does stands there.
  public func submitter<Characters: BitwiseCopyable>(
    cString comm: Characters, isWriteback: Bool
  ) {
    if isWriteback, format == .table { return literal("[writeback]") }
    text(cString: comm)
  }

  /// Nanoseconds as milliseconds with three decimals.
  public func milliseconds(_ nanoseconds: UInt64) {
    fraction(nanoseconds / 1000, per: 1000, decimals: 3)
  }
}
