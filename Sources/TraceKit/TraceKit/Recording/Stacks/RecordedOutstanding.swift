extension OutstandingRow: StackRow {
  var value: UInt64 { bytes }

  var ownWeight: Int { 256 + blocks.count * 24 }

  /// So many of one stack fit into a block of a recording.
  static let mostBlocks = 1 << 19

  func append(to writer: inout EntryWriter, _ stacks: inout StackTableWriter) {
    writer.number(pid)
    writer.text(comm)
    writer.number(stacks.number(of: frames))
    writer.number(bytes)
    writer.number(count)
    writer.number(UInt32(age == nil ? 0 : 1))
    writer.number(age ?? 0)
    writer.number(taken)
    writer.number(UInt32(blocks.count))
    for block in blocks {
      writer.number(block.address)
      writer.number(block.size)
    }
    writer.endEntry()
  }

  init?(_ reader: inout EntryReader, _ stacks: inout StackTable) {
    guard let pid = reader.number(UInt32.self), let comm = reader.text(), comm.count < 64,
      let frames = stacks.stack(reader.number(UInt32.self)),
      let bytes = reader.number(UInt64.self), let count = reader.number(UInt64.self),
      let hasAge = reader.number(UInt32.self), let age = reader.number(UInt64.self),
      let taken = reader.number(UInt64.self), let blockCount = reader.number(UInt32.self)
    else { return nil }
    self.init(
      pid: pid, comm: comm, bytes: bytes, count: count, age: hasAge == 0 ? nil : age,
      frames: frames, taken: taken)
    for _ in 0..<blockCount {
      guard let address = reader.number(UInt64.self), let size = reader.number(UInt64.self) else {
        return nil
      }
      blocks.append((address, size))
    }
  }
}

/// What was outstanding at the intervals of a recording.
final class RecordedOutstanding: OutstandingSource {
  private let stacks: RecordedStacks<OutstandingRow>
  private let selection: SampleSelection
  private let ordersByCount: Bool
  private let showsBlocks: Bool

  init(
    _ intervals: RecordedIntervals, _ selection: SampleSelection, ordersByCount: Bool,
    showsBlocks: Bool
  ) {
    stacks = RecordedStacks(intervals)
    self.selection = selection
    self.ordersByCount = ordersByCount
    self.showsBlocks = showsBlocks
  }

  var descriptor: Int32? { nil }

  func follow() {}

  func take() -> (rows: [OutstandingRow], others: UInt64) {
    guard let next = stacks.next() else { return ([], 0) }
    var rows: [OutstandingRow] = []
    var others = next.leftOut
    for var row in next.rows {
      guard selection.passes(pid: row.pid, tid: 0, comm: row.comm) else {
        others += row.count
        continue
      }
      if !showsBlocks { row.blocks = [] }
      rows.append(row)
    }
    return (rows.sorted { $0.precedes($1, byCount: ordersByCount) }, others)
  }

  func stop() {}

  func ledger() -> Ledger { stacks.ledger }
}
