extension HeatmapOptions {
  /// What a tool of block requests draws; nil without the option.
  ///
  /// - Parameters:
  ///   - disk: the only disk that is traced; nil: all are.
  ///   - scale: how many steps of the values make one unit.
  public func requestOfBlocks(
    _ disk: Disks.Number?, unit: String, scale: UInt64 = 1
  ) -> HeatmapRequest? {
    heatmap.map { path in
      HeatmapRequest(
        path: path, subject: "latency of block device I/O",
        selection: disk.map { "disk " + Disks.name(of: $0) } ?? "all disks", noun: "requests",
        unit: unit, scale: scale)
    }
  }
}
