/// What was counted by stacks, as a recording has it.
protocol StackRow {
  /// How many events it stands for.
  var count: UInt64 { get }
  /// What is summed up of it beside these, as it is printed.
  var value: UInt64 { get }
  /// What it takes to keep and to print beside its stacks, in bytes.
  var ownWeight: Int { get }
  func append(to writer: inout EntryWriter, _ stacks: inout StackTableWriter)
  /// Nil where it is damaged.
  init?(_ reader: inout EntryReader, _ stacks: inout StackTable)
}

extension StackSample: StackRow {
  var value: UInt64 { time / 1000 }

  var ownWeight: Int { 512 }

  func append(to writer: inout EntryWriter, _ stacks: inout StackTableWriter) {
    writer.number(UInt32(waker == nil ? 1 : 2))
    for side in [side] + (waker.map { [$0] } ?? []) { side.append(to: &writer, &stacks) }
    writer.number(count)
    writer.number(time)
    writer.number(taken)
    writer.endEntry()
  }

  init?(_ reader: inout EntryReader, _ stacks: inout StackTable) {
    guard let sides = reader.number(UInt32.self), sides == 1 || sides == 2,
      let side = StackSide(&reader, &stacks)
    else { return nil }
    var waker: StackSide?
    if sides == 2 {
      guard let found = StackSide(&reader, &stacks) else { return nil }
      waker = found
    }
    guard let count = reader.number(UInt64.self), let time = reader.number(UInt64.self),
      let taken = reader.number(UInt64.self)
    else { return nil }
    self.init(side: side, waker: waker, count: count, time: time, taken: taken)
  }
}

extension StackSide {
  fileprivate func append(to writer: inout EntryWriter, _ stacks: inout StackTableWriter) {
    writer.number(UInt32(isInterrupt ? 1 : 0))
    writer.number(pid)
    writer.number(tid)
    writer.text(comm)
    writer.number(stacks.number(of: kernel))
    writer.number(stacks.number(of: user))
  }

  fileprivate init?(_ reader: inout EntryReader, _ stacks: inout StackTable) {
    guard let marks = reader.number(UInt32.self), let pid = reader.number(UInt32.self),
      let tid = reader.number(UInt32.self), let comm = reader.text(), comm.count < 64,
      let kernel = stacks.stack(reader.number(UInt32.self)),
      let user = stacks.stack(reader.number(UInt32.self))
    else { return nil }
    self.init(
      pid: pid, tid: tid, comm: comm, kernel: kernel, user: user, isInterrupt: marks & 1 != 0)
  }
}
