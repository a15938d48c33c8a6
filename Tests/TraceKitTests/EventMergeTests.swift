import TestSupport
import Testing
import Wire

@testable import TraceKit

/// A ring buffer of which the test is the kernel.
private final class FakeRing: EventRing {
  var waiting: ArraySlice<[UInt8]> = []
  /// Happens before its events are read.
  var atDrain: () -> Void = {}
  var isEmpty: Bool { waiting.isEmpty }
  var isHalfFull = false

  func drain(limit: Int, _ body: (RawSpan) throws -> Bool) throws -> Int {
    var count = 0
    atDrain()
    while count < limit, let event = waiting.popFirst() {
      count += 1
      guard try event.withUnsafeBytes({ try body($0.bytes) }) else { break }
    }
    return count
  }
}

@Suite struct EventMergeTests {
  /// Programs that write to some ring buffers, and their reader.
  private final class Machine {
    let rings: [FakeRing]
    /// By CPUs.
    var begun: [UInt64]
    var time: UInt64 = 1000
    /// Happens when the account is read, thus after the time was noted.
    var atLook: (Machine) -> Void = { _ in }
    private(set) lazy var merge = EventMerge(
      rings, now: { self.time },
      begun: {
        self.atLook(self)
        return self.begun
      })

    init(rings count: Int, cpus: Int? = nil) {
      rings = (0..<count).map { _ in FakeRing() }
      begun = Array(repeating: 0, count: cpus ?? count)
    }

    func write(_ time: UInt64, by cpu: Int, bytes: Int = 56) {
      begun[cpu] += 1
      deliver(time, by: cpu, bytes: bytes)
    }

    /// - Parameter named: the CPU that the event names, where it is another.
    func deliver(_ time: UInt64, by cpu: Int, named: Int? = nil, bytes: Int = 56) {
      var header = event_header()
      header.time_ns = time
      header.cpu = UInt32(named ?? cpu)
      let start = withUnsafeBytes(of: header) { Array($0) }
      let padding = Array(repeating: UInt8(cpu), count: max(bytes - start.count, 0))
      rings[cpu % rings.count].waiting.append(Array(start.prefix(bytes)) + padding)
    }

    /// The times of the events that are shown, of at most so many.
    func shown(isLast: Bool = false, most: Int = .max) throws -> [UInt64] {
      var times: [UInt64] = []
      let count = try merge.drain(isLast: isLast) { event in
        times.append(event.unsafeLoadUnaligned(as: UInt64.self))
        return times.count < most
      }
      #expect(count == times.count)
      return times
    }
  }

  @Test func `events of several ring buffers come in the order of their times`() throws {
    var numbers = SeededNumbers(seed: 22)
    for _ in 0..<20 {
      let machine = Machine(rings: 4)
      var all: [UInt64] = []
      for time in UInt64(1)...997 {
        let ring = Int.random(in: 0..<4, using: &numbers)
        machine.write(time, by: ring, bytes: 56 + Int.random(in: 0..<300, using: &numbers))
        all.append(time)
      }
      #expect(try machine.shown() == all)
      #expect(machine.merge.isEmpty)
    }
  }

  @Test func `those of one ring buffer that were written out of order are put in order`() throws {
    let machine = Machine(rings: 2)
    for time: UInt64 in [3, 1, 2, 9, 8] { machine.write(time, by: 0) }
    for time: UInt64 in [7, 4] { machine.write(time, by: 1) }
    #expect(try machine.shown() == [1, 2, 3, 4, 7, 8, 9])
  }

  @Test func `events of one time stay in the order in which they were written`() throws {
    let machine = Machine(rings: 2)
    for size in [16, 64, 56] { machine.write(5, by: 1, bytes: size) }
    var sizes: [Int] = []
    _ = try machine.merge.drain(isLast: false) { event in
      sizes.append(event.byteCount)
      return true
    }
    #expect(sizes == [16, 64, 56])
  }

  @Test func `what an interrupted program has begun is waited for`() throws {
    let machine = Machine(rings: 2)
    machine.begun[0] = 1
    for time in UInt64(501)...507 { machine.write(time, by: 1) }
    #expect(try machine.shown() == [])
    #expect(!machine.merge.isEmpty)
    machine.deliver(500, by: 0)
    #expect(try machine.shown() == Array(500...507))
  }

  @Test func `what is newer than the look at the account waits for the next`() throws {
    let machine = Machine(rings: 2)
    machine.write(1, by: 0)
    machine.atLook = { machine in
      guard machine.time == 1000 else { return }
      machine.time = 2000
      machine.write(1500, by: 1)
      // This one was begun before the other, and is seen after it.
      machine.begun[0] += 1
    }
    #expect(try machine.shown() == [])
    machine.deliver(1400, by: 0)
    #expect(try machine.shown() == [1])
    #expect(try machine.shown() == [1400, 1500])
  }

  @Test func `an event that never comes holds others up for a second, then ever less`() throws {
    let machine = Machine(rings: 2)
    var held: [UInt64] = []
    for _ in 0..<12 {
      let start = machine.time
      machine.begun[0] += 1
      machine.write(start, by: 1)
      while try machine.shown(most: 1).isEmpty { machine.time += 500_000 }
      held.append(machine.time - start)
      machine.time += 1
    }
    #expect((1_000_000_000...1_001_000_000).contains(held[0]))
    #expect(zip(held, held.dropFirst()).allSatisfy { $1 <= $0 })
    #expect(held[11] < 6_000_000)
    // One that comes after all is shown.
    machine.deliver(7, by: 0)
    #expect(try machine.shown() == [7])
  }

  @Test func `CPUs with one ring buffer are told apart`() throws {
    let machine = Machine(rings: 2, cpus: 6)
    machine.begun[4] = 1
    // As many of the same ring buffer come after the look at the account.
    machine.atLook = { machine in
      if machine.time == 1000 { machine.write(900, by: 2) }
      machine.time += 1
    }
    machine.write(700, by: 0)
    #expect(try machine.shown() == [])
    machine.deliver(600, by: 4)
    #expect(try machine.shown() == [600, 700, 900])
  }

  @Test func `an event that names another CPU than counted it holds none up`() throws {
    let machine = Machine(rings: 2, cpus: 4)
    for time in UInt64(1)...23 {
      machine.begun[Int(time % 4)] += 1
      machine.deliver(time, by: Int(time % 4), named: 0)
    }
    let start = machine.time
    #expect(try machine.shown() == Array(1...23))
    #expect(machine.time == start)
    // Ring buffers are still told apart.
    machine.time = 2000
    machine.begun[1] += 1
    machine.write(1500, by: 0)
    #expect(try machine.shown() == [])
  }

  @Test func `at the end all is shown, even what waits for others`() throws {
    let machine = Machine(rings: 3)
    machine.begun[0] = 1
    for time in UInt64(2000)...2300 { machine.write(time, by: 1 + Int(time % 2)) }
    #expect(try machine.shown() == [])
    #expect(try machine.shown(isLast: true) == Array(2000...2300))
    #expect(try machine.shown(isLast: true) == [])
    #expect(machine.merge.isEmpty)
  }

  @Test func `a reader that stops gets the rest later, each once`() throws {
    let machine = Machine(rings: 2)
    for time in UInt64(1)...101 { machine.write(time, by: Int(time % 2)) }
    var all: [UInt64] = []
    while true {
      let times = try machine.shown(most: 7)
      if times.isEmpty { break }
      all += times
    }
    #expect(all == Array(1...101))
  }

  @Test func `more than a queue holds is shown in order and whole`() throws {
    let machine = Machine(rings: 2)
    let size = 1000, number = UInt64(4 * EventQueue.mostBytes / size)
    machine.time = number
    for time in 1...number { machine.write(time, by: time % 5 == 0 ? 1 : 0, bytes: size) }
    var last: UInt64 = 0
    let count = try machine.merge.drain(isLast: false) { event in
      let time = event.unsafeLoadUnaligned(as: UInt64.self)
      #expect(time == last + 1 && event.byteCount == size)
      last = time
      return true
    }
    #expect(count == Int(number))
  }

  @Test func `at the end more than queues hold is in order too`() throws {
    let machine = Machine(rings: 2)
    let size = 1000, number = UInt64(5 * EventQueue.mostBytes / size)
    // The queue of one holds later ones than that of the other.
    for time in 1...number { machine.write(time, by: time % 3 == 0 ? 1 : 0, bytes: size) }
    #expect(try machine.shown(isLast: true) == Array(1...number))
  }

  @Test func `a queue that is full goes on without what is interrupted`() throws {
    let machine = Machine(rings: 2)
    machine.begun[1] = 1
    let size = 1000, number = UInt64(2 * EventQueue.mostBytes / size)
    for time in 1...number { machine.write(time, by: 0, bytes: size) }
    // As long as the kernel has room.
    #expect(try machine.shown() == [])
    machine.rings[0].isHalfFull = true
    let shown = try machine.shown()
    #expect(shown.count >= EventQueue.mostBytes / size)
    #expect(shown == Array(1...UInt64(shown.count)))
    #expect(try shown + machine.shown(isLast: true) == Array(1...number))
  }

  @Test func `a queue that fills while others are written to shows none before its turn`() throws {
    let machine = Machine(rings: 2)
    let size = 1000
    machine.rings[1].atDrain = {
      // After the first was read.
      guard machine.time == 1000 else { return }
      for _ in 0...EventQueue.mostBytes / size {
        machine.time += 2
        machine.write(machine.time, by: 1, bytes: size)
      }
      machine.write(1003, by: 0)
    }
    machine.write(1, by: 1)
    let shown = try machine.shown() + machine.shown(isLast: true)
    #expect(shown.prefix(4) == [1, 1002, 1003, 1004])
    #expect(shown == shown.sorted())
  }

  @Test func `what body throws loses no other event`() throws {
    struct Refused: Error {}
    let machine = Machine(rings: 2)
    for time in UInt64(1)...5 { machine.write(time, by: Int(time % 2)) }
    #expect(throws: Refused.self) {
      _ = try machine.merge.drain(isLast: false) { _ in throw Refused() }
    }
    #expect(try machine.shown() == [2, 3, 4, 5])
  }

  @Test func `events too short for a time and greater than a queue pass`() throws {
    let machine = Machine(rings: 2)
    machine.begun = [1, 1]
    machine.rings[0].waiting = [[1, 2, 3]]
    machine.rings[1].waiting = [Array(repeating: 0, count: 2 * EventQueue.mostBytes)]
    var sizes: [Int] = []
    _ = try machine.merge.drain(isLast: false) { event in
      sizes.append(event.byteCount)
      return true
    }
    #expect(sizes == [3, 2 * EventQueue.mostBytes])
  }

  @Test func `there are as many ring buffers as CPUs, as far as each is large enough`() {
    let (kilo, mega) = (1 << 10, 1 << 20)
    let table: [(bytes: Int, processors: Int, count: Int)] = [
      (4 * mega, 1, 1), (8 * mega, 2, 2), (16 * mega, 3, 4), (32 * mega, 16, 8),
      (32 * mega, 256, 8), (4 * kilo, 2, 1), (256 * kilo, 8, 1), (512 * kilo, 8, 2),
      (mega, 16, 4), (mega, 0, 1),
    ]
    for (bytes, processors, count) in table {
      let room = RingSize.room(bytes: bytes, processors: processors)
      #expect(room == RingRoom(bytes: bytes, count: count), "\(bytes) \(processors)")
      #expect(room.bytesEach * count == bytes)
    }
  }
}
