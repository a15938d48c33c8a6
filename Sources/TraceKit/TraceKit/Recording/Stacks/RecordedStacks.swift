/// What was counted by stacks in the intervals of a recording.
final class RecordedStacks<Row: StackRow> {
  private let intervals: RecordedIntervals
  private var table = StackTable()

  init(_ intervals: RecordedIntervals) { self.intervals = intervals }

  /// The rows of the next interval, those that count most first, and the events that it left
  /// out; nil where there is none.
  func next() -> (rows: [Row], leftOut: UInt64)? {
    var rows: [Row] = []
    table.asked = 0
    let interval = intervals.next { block in
      guard block.kind == .samples else { return table.add(block) }
      var reader = EntryReader(block.content)
      while !reader.isAtEnd {
        guard table.asked < StackTable.intervalRoom, let row = Row(&reader, &table),
          intervals.count(row.count), intervals.count(row.value)
        else { return "row" }
        table.asked += row.ownWeight
        rows.append(row)
      }
      return nil
    }
    return interval.map { (rows, $0.leftOut) }
  }

  var ledger: Ledger { intervals.ledger }
}

/// Which recorded samples are printed, and what of them.
struct SampleSelection {
  var pids: Set<UInt32> = []
  var tid: UInt32?
  var comm: (([UInt8]) -> Bool)?
  var omitsKernel = false
  var omitsUser = false
  /// Without source lines, and functions that are inlined.
  var omitsLines = false

  /// Whether a task passes, as in the kernel.
  func passes(pid: UInt32, tid: UInt32, comm: [UInt8]) -> Bool {
    (pids.isEmpty || pids.contains(pid)) && (self.tid == nil || self.tid == tid)
      && self.comm?(comm) != false
  }

  private func shown(_ side: StackSide) -> StackSide {
    StackSide(
      pid: side.pid, tid: side.tid, comm: side.comm, kernel: omitsKernel ? [] : side.kernel,
      user: omitsUser ? [] : omitsLines ? side.user.withoutLines : side.user,
      isInterrupt: side.isInterrupt)
  }

  private struct Key: Hashable {
    let numbers: [UInt32]
    let comm: [UInt8]
    let kernel: [Frame]
    let user: [Frame]

    init(_ side: StackSide) {
      numbers = [side.pid, side.tid, side.isInterrupt ? 1 : 0]
      (comm, kernel, user) = (side.comm, side.kernel, side.user)
    }
  }

  /// The samples without what is not shown. Those that then are the same are one.
  func shown(_ samples: [StackSample]) -> [StackSample] {
    guard omitsKernel || omitsUser || omitsLines else { return samples }
    var shown: [StackSample] = []
    var places: [[Key]: Int] = [:]
    for sample in samples {
      let (side, waker) = (self.shown(sample.side), sample.waker.map { self.shown($0) })
      let key = [Key(side)] + (waker.map { [Key($0)] } ?? [])
      if let place = places[key] {
        shown[place] = shown[place].adding(sample)
      } else {
        places[key] = shown.count
        shown.append(
          StackSample(
            side: side, waker: waker, count: sample.count, time: sample.time,
            taken: sample.taken))
      }
    }
    return shown
  }
}

extension [Frame] {
  fileprivate var withoutLines: [Frame] {
    filter { !$0.isInlined }.map {
      Frame(name: $0.name, address: $0.address, isKernel: $0.isKernel, offset: $0.offset)
    }
  }
}

/// Recorded samples.
final class RecordedSamples: StackSource {
  private let stacks: RecordedStacks<StackSample>
  private let selection: SampleSelection
  private(set) var leftOut: UInt64 = 0

  init(_ intervals: RecordedIntervals, _ selection: SampleSelection) {
    stacks = RecordedStacks(intervals)
    self.selection = selection
  }

  var descriptor: Int32? { nil }

  func follow() {}

  func take() -> [StackSample] {
    guard let next = stacks.next() else { return [] }
    let all = next.rows.reversed()
    let passing = all.filter {
      selection.passes(pid: $0.side.pid, tid: $0.side.tid, comm: $0.side.comm)
    }
    leftOut =
      next.leftOut + all.reduce(0) { $0 + $1.count }
      - passing.reduce(0) { $0 + $1.count }
    return selection.shown(passing)
  }

  func stop() {}

  func ledger() -> Ledger { stacks.ledger }
}
