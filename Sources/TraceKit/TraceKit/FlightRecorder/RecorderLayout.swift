import Wire

/// How much memory a recorder has, and how it is divided (`recorder.h`).
struct RecorderLayout: Equatable {
  let cpus: Int
  /// Pages of the first lane of a CPU.
  let pages: Int
  /// Bytes of a page with the room at its end.
  let pageRoom: Int

  /// - Parameters:
  ///   - bytes: for all CPUs; nil: as many as a ring buffer has.
  ///   - greatestEvent: the most bytes of an event.
  init(bytes: Int?, greatestEvent: Int) {
    // CPUs have numbers below this, and one that comes later is not recorded.
    cpus = Int(Sampling.onlineCPUs.max() ?? 0) + 1
    let wanted = (bytes ?? RingSize.standard) / cpus / Int(RECORDER_PAGE)
    var pages = 1
    while pages * 2 <= wanted, pages < Self.mostPages { pages *= 2 }
    self.pages = pages
    // At most the header of the last record is in the page, and its event is not.
    pageRoom = Int(RECORDER_PAGE) + MemoryLayout<recorder_header>.size + (greatestEvent + 7) & ~7
  }

  private init(cpus: Int, pages: Int, pageRoom: Int) {
    self.cpus = cpus
    self.pages = pages
    self.pageRoom = pageRoom
  }

  private static let mostPages = 1 << 14
  private static let mostCPUs = 1 << 14
  /// Of the value of an array (`KMALLOC_MAX_SIZE`).
  private static let mostRoom = 4 << 20

  /// That of a recorder that somebody has made; nil where it cannot be one.
  init?(_ meta: recorder_meta) {
    let (cpus, pages, room) = (Int(meta.cpus), Int(meta.pages), Int(meta.page_room))
    guard (1...Self.mostCPUs).contains(cpus), (1...Self.mostPages).contains(pages),
      pages & (pages - 1) == 0, (Int(RECORDER_PAGE)...Self.mostRoom).contains(room), room % 8 == 0
    else { return nil }
    self.init(cpus: cpus, pages: pages, pageRoom: room)
  }

  static let lanes = Int(RECORDER_LANES)

  /// Pages of a CPU.
  var stride: Int { pages + Self.lanes - 1 }

  /// Pages of a lane.
  func pages(ofLane lane: Int) -> Int { lane == 0 ? pages : 1 }

  /// The first page of a lane among those of all CPUs.
  func firstPage(cpu: Int, lane: Int) -> Int {
    cpu * stride + (lane == 0 ? 0 : pages + lane - 1)
  }

  private static let cells = "recorder_cells"
  private static let memory = "recorder_pages"
  /// The maps that a reader needs.
  static let maps = [cells, memory, "ledger"]

  /// Has the programs of an object record their events, or leaves the recorder out.
  ///
  /// - Parameter first: has the maps already; nil: they are made.
  static func setUp(
    _ layout: RecorderLayout?, _ object: inout OpenObject, beside first: LoadedObject? = nil
  ) throws(BPFError) {
    guard let layout else {
      for map in [cells, memory] where object.hasMap(map) { try object.leaveOut(map: map) }
      return
    }
    try object.setVariable(
      "recorder",
      to: recorder_config(pages: UInt32(layout.pages), stride: UInt32(layout.stride)))
    if let first {
      for map in [cells, memory] { try object.share(map: map, of: first) }
      return
    }
    try object.setValueSize(of: memory, to: layout.pageRoom)
    try object.setMaxEntries(of: memory, to: layout.cpus * layout.stride)
  }
}
