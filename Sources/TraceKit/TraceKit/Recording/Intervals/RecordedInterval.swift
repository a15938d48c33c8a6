/// What was recorded of an interval beside its rows.
struct RecordedInterval: Equatable {
  /// Its end, on the kernel's clock.
  var time: UInt64
  /// How that clock then related to the time of day.
  var offset: Int64
  var zone: Int32
  /// The events of rows that the tool left out.
  var leftOut: UInt64 = 0
  /// The load averages, where the tool shows them.
  var load: String?

  var bytes: EntryWriter {
    var writer = EntryWriter()
    writer.number(time)
    writer.number(offset)
    writer.number(zone)
    writer.number(leftOut)
    writer.number(UInt32(load == nil ? 0 : 1))
    writer.text(Array((load ?? "").utf8))
    writer.endEntry()
    return writer
  }

  init(
    time: UInt64, offset: Int64, zone: Int32, leftOut: UInt64 = 0, load: String? = nil
  ) {
    self.time = time
    self.offset = offset
    self.zone = zone
    self.leftOut = leftOut
    self.load = load
  }

  /// Nil where it is damaged.
  init?(_ bytes: [UInt8]) {
    var reader = EntryReader(bytes)
    guard let time = reader.number(UInt64.self), let offset = reader.number(Int64.self),
      let zone = reader.number(Int32.self), let leftOut = reader.number(UInt64.self),
      let hasLoad = reader.number(UInt32.self), let load = reader.string()
    else { return nil }
    self.init(
      time: time, offset: offset, zone: zone, leftOut: leftOut, load: hasLoad == 0 ? nil : load)
  }
}

/// What the rows of a recording are; its raw value is in the file.
enum RecordedRows: String {
  case counts
  case histograms
  case stacks
}
