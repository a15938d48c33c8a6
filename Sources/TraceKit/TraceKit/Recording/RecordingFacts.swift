import Glibc

/// What a reader of a recording must know first: bytes by their names.
struct RecordingFacts {
  private(set) var values: [String: [UInt8]] = [:]

  init() {}

  /// Facts of this machine and this program.
  ///
  /// - Parameters:
  ///   - tool: its own name, not one that it is called by.
  ///   - type: of its records.
  ///   - clock: of the run.
  init(tool: String, type: String, clock: EventClock) {
    self["tool"] = tool
    self["type"] = type
    self["collection"] = collectionVersion
    self["start"] = "\(clock.start)"
    self["architecture"] = "\(SystemCalls.Architecture.current)"
    self["cgroups"] = Cgroups.root
    self["page_size"] = "\(sysconf(Int32(_SC_PAGESIZE)))"
    self["ticks_per_second"] = "\(sysconf(Int32(_SC_CLK_TCK)))"
    self["arguments"] = CommandLine.arguments.dropFirst().joined(separator: " ")
    var system = utsname()
    guard uname(&system) == 0 else { return }
    self["kernel"] = withUnsafeBytes(of: system.release) {
      String(decoding: $0.upToNUL, as: UTF8.self)
    }
  }

  /// From a block; nil where it is damaged.
  init?(_ bytes: [UInt8]) {
    var reader = EntryReader(bytes)
    while !reader.isAtEnd {
      guard let name = reader.string(), let value = reader.text() else { return nil }
      values[name] = value
    }
  }

  subscript(name: String) -> String? {
    get { values[name].map { String(decoding: $0, as: UTF8.self) } }
    set { values[name] = newValue.map { Array($0.utf8) } }
  }

  subscript(bytes name: String) -> [UInt8]? {
    get { values[name] }
    set { values[name] = newValue }
  }

  var entries: EntryWriter {
    var entries = EntryWriter()
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      entries.text(Array(name.utf8))
      entries.text(value)
      entries.endEntry()
    }
    return entries
  }
}

/// The counts of a recorded run.
struct RecordingAccount {
  var ledger = Ledger()
  /// Events in the file.
  var recorded: UInt64 = 0
  /// When the run ended, on the kernel's clock.
  var end: UInt64 = 0

  init(_ ledger: Ledger, recorded: UInt64, end: UInt64) {
    self.ledger = ledger
    self.recorded = recorded
    self.end = end
  }

  private static var counts: [(name: String, field: WritableKeyPath<RecordingAccount, UInt64>)] {
    [
      ("seen", \.ledger.seen), ("lost", \.ledger.lost), ("map_full", \.ledger.mapFull),
      ("truncated", \.ledger.truncated), ("missed", \.ledger.missed), ("recorded", \.recorded),
      ("end", \.end),
    ]
  }

  /// From a block; nil where it is damaged. Counts that are unknown here are passed over.
  init?(_ bytes: [UInt8]) {
    var reader = EntryReader(bytes)
    while !reader.isAtEnd {
      guard let name = reader.string(), let value = reader.number(UInt64.self) else { return nil }
      let count = Self.counts.first { $0.name == name }
      if let count { self[keyPath: count.field] = value }
    }
  }

  var entries: EntryWriter {
    var entries = EntryWriter()
    for (name, field) in Self.counts {
      entries.text(Array(name.utf8))
      entries.number(self[keyPath: field])
      entries.endEntry()
    }
    return entries
  }
}
