public import Wire

extension Disks.Number {
  /// A number as a program wrote it.
  public init(_ number: disk_number) {
    self.init(major: number.major, minor: number.minor)
  }
}

extension disk_filter {
  /// Lets the requests of one disk through; nil: those of all.
  public mutating func only(_ disk: Disks.Number?) {
    guard let disk else { return }
    self = disk_filter(
      disk: disk_number(major: disk.major, minor: disk.minor), enabled: 1, padding: 0)
  }
}
