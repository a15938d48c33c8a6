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

  /// What a request does, such as "Read"; in the table the letter for it.
  public func operation(_ operation: UInt32) {
    text(
      format == .table
        ? String(RequestFlags.letters(operation).prefix(1)) : RequestFlags.text(operation))
  }
}
