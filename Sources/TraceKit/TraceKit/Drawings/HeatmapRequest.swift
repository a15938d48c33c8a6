/// A heat map that a run is to draw.
public struct HeatmapRequest {
  let path: String
  /// What is measured, such as "latency of block device I/O".
  let subject: String
  /// What of it, such as "disk sda".
  let selection: String
  /// What is counted, in the plural, which has an s more than the singular.
  let noun: String
  let unit: String
  let scale: UInt64

  /// - Parameter scale: how many steps of the values make one unit.
  public init(
    path: String, subject: String, selection: String, noun: String, unit: String, scale: UInt64 = 1
  ) {
    self.path = path
    self.subject = subject
    self.selection = selection
    self.noun = noun
    self.unit = unit
    self.scale = scale
  }
}

/// What a heat map shows of each event.
public struct DrawnEvents<Event: TraceEvent> {
  let request: HeatmapRequest
  let value: (borrowing Record<Event>) -> UInt64

  public init(_ request: HeatmapRequest, value: @escaping (borrowing Record<Event>) -> UInt64) {
    self.request = request
    self.value = value
  }
}

/// A heat map with its file.
final class HeatmapDrawing {
  let heatmap: Heatmap
  private let page: HeatmapPage
  private let file: DrawingFile

  /// The seconds of a column of events at first; they grow with the run.
  static let eventColumn = 0.01
  /// How often histograms are looked at that are printed only at the end, in seconds.
  static let period = 1.0

  init(
    _ request: HeatmapRequest, tool: String, clock: EventClock, timeFormat: TimeFormat?,
    column: Double, scale: HistogramScale = .powers
  ) throws {
    file = try DrawingFile(request.path)
    heatmap = Heatmap(start: clock.start, width: UInt64(column * 1e9), scale: scale)
    let isUTC = timeFormat == .utc || timeFormat == .iso
    page = HeatmapPage(request, tool: tool, time: TimeAxis(clock: clock, isUTC: isUTC))
  }

  func write() throws {
    let end = EventClock.now
    try file.write { page.write(heatmap, until: end, to: $0) }
  }
}
