import Testing
import Wire

@testable import TraceKit

/// Stacks of at most so many frames, many of which begin alike.
private func randomStacks(_ count: Int, depth: Int) -> [[UInt64]] {
  var numbers = SystemRandomNumberGenerator()
  return (0..<count).map { _ in
    let alike = Int.random(in: 0...depth, using: &numbers)
    let outer = (0..<alike).map { UInt64($0) }
    let inner = (0..<Int.random(in: 0...depth - alike, using: &numbers)).map { _ in
      UInt64.random(in: 0...3, using: &numbers)
    }
    return inner + outer.reversed()
  }
}

@Suite struct StackTreeTests {
  @Test func `stacks that begin alike are told apart`() {
    var tree = StackTree()
    let stacks: [[UInt64]] = [[3, 2, 1], [2, 1], [4, 2, 1], [1, 2], [1], [0, .max, 0], []]
    let places = stacks.map { tree.add($0) }
    #expect(Set(places).count == stacks.count)
    #expect(places.map { $0.map { tree.stack(at: $0).addresses } } == stacks)
    #expect(stacks.map { tree.add($0) } == places)
  }

  @Test(arguments: [5, 127, 128, 600])
  func `a stack has one place, and its frames come back`(depth: Int) {
    var tree = StackTree()
    var places: [[UInt64]: StackTree.Place] = [:]
    for stack in randomStacks(3000, depth: depth) {
      let place = tree.add(stack)
      #expect(place != nil && places[stack, default: place ?? 0] == place)
      places[stack] = place
    }
    #expect(Set(places.values).count == places.count)
    #expect(places.allSatisfy { tree.stack(at: $1).addresses == $0 })
  }

  @Test func `a frame is kept once, in a word`() {
    var tree = StackTree()
    let outer = (0..<100).map { UInt64($0) }
    _ = tree.add(outer)
    let size = tree.size
    for inner in 0..<UInt64(1000) { _ = tree.add([inner + 1000] + outer) }
    #expect(size <= 102 && tree.size <= size + 2000)
  }

  @Test func `a root distinguishes stacks`() {
    var tree = StackTree()
    let places = [0, 1, 2].map { tree.add([2, 1], root: $0) }
    #expect(Set(places).count == 3)
    #expect(places.map { $0.map { tree.stack(at: $0).root } } == [0, 1, 2])
    #expect(places.allSatisfy { $0.map { tree.stack(at: $0).addresses } == [2, 1] })
  }

  @Test func `without room only what is there has a place`() {
    var tree = StackTree()
    let place = tree.add([3, 2, 1])
    let size = tree.size
    let other = tree.add([4, 2, 1], room: size + 1)
    #expect(place != nil && other == nil && tree.size == size)
    let again = tree.add([3, 2, 1], room: size)
    #expect(again == place)
    let last = tree.add([4, 2, 1], room: size + 2)
    #expect(last != nil)
  }
}

@Suite struct HashIndexTests {
  @Test func `elements have the numbers of their order`() {
    var set = NumberedSet<String>()
    for round in 0..<2 {
      let numbers = (0..<20_000).map { set.insert("\($0)") }
      #expect(numbers == Array(0..<20_000), "\(round)")
    }
    #expect(set.count == 20_000 && set[19_999] == "19999")
    #expect(set.number(of: "123") == 123 && set.number(of: "other") == nil)
  }

  @Test func `those of one hash are told apart`() {
    var index = HashIndex()
    for item in 0..<300 { index.insert(item, 7) { _ in 7 } }
    for item in 0..<300 { #expect(index.find(7) { $0 == item } == item) }
    #expect(index.find(7) { _ in false } == nil && index.find(8) { _ in true } == nil)
  }
}

@Suite struct StackMemoryTests {
  private func addresses(_ memory: StackMemory, _ number: UInt64) -> [UInt64]? {
    memory.stack(number)?.addresses
  }

  @Test func `two stacks with one number are neither`() {
    var stacks = NumberedStacks()
    let room = NumberedStacks.Room()
    for _ in 0..<2 { stacks.add(7, [2, 1], cut: .incomplete, room: room) }
    #expect(stacks.stack(7)?.addresses == [2, 1] && stacks.stack(7)?.cut == .incomplete)
    stacks.add(7, [3, 1], cut: .incomplete, room: room)
    #expect(stacks.stack(7) == nil && !stacks.has(7))
    stacks.add(7, [2, 1], cut: .incomplete, room: room)
    stacks.add(8, [2, 1], cut: nil, room: room)
    stacks.add(8, [2, 1], cut: .byFramePointers, room: room)
    #expect(!stacks.has(7) && !stacks.has(8))
  }

  @Test func `what has no room is not there`() {
    for room in [
      NumberedStacks.Room(stacks: 2, words: 100), NumberedStacks.Room(stacks: 9, words: 5),
    ] {
      var memory = StackMemory(room: room)
      for number in 1...3 { memory.add(UInt64(number), [UInt64(number)], cut: nil) }
      #expect((1...4).map { memory.has($0) } == [true, true, false, false])
      #expect(addresses(memory, 2) == [2] && addresses(memory, 3) == nil)
    }
  }

  @Test func `what did not come for two intervals is forgotten, unless it is used`() {
    var memory = StackMemory(few: NumberedStacks.Room(stacks: 0, words: 100))
    for number in 1...4 { memory.add(UInt64(number), [UInt64(number), 9], cut: .incomplete) }
    for interval in 0..<20 {
      memory.add(1, [1, 9], cut: .incomplete)
      memory.forget { [2, 2, 77] }
      let known = (1...4).map { memory.has($0) }
      #expect(known == (interval == 0 ? [true, true, true, true] : [true, true, false, false]))
    }
    #expect(addresses(memory, 2) == [2, 9] && memory.stack(2)?.cut == .incomplete)
  }

  @Test func `one that was used is still there the next time`() {
    for generations in 0..<3 {
      var memory = StackMemory(few: NumberedStacks.Room(stacks: 0, words: 100))
      memory.add(1, [1], cut: nil)
      for interval in 0..<generations {
        memory.add(100 + UInt64(interval), [2], cut: nil)
        memory.forget { [1] }
      }
      memory.add(200, [2], cut: nil)
      memory.forget { [] }
      #expect(memory.has(1), "\(generations)")
      for interval in 0..<2 {
        memory.add(300 + UInt64(interval), [2], cut: nil)
        memory.forget { [] }
      }
      #expect(!memory.has(1), "\(generations)")
    }
  }

  @Test func `few are not forgotten`() {
    var memory = StackMemory()
    memory.add(1, [1], cut: nil)
    for _ in 0..<3 { memory.forget { [] } }
    #expect(memory.has(1))
  }

  @Test func `forgetting makes room`() {
    var memory = StackMemory(
      room: NumberedStacks.Room(stacks: 100, words: 1000),
      few: NumberedStacks.Room(stacks: 10, words: 1000))
    for interval in 0..<UInt64(20) {
      let numbers = (1...40).map { interval * 100 + $0 }
      for number in numbers { memory.add(number, [number], cut: nil) }
      #expect(numbers.allSatisfy(memory.has))
      memory.forget { [] }
    }
  }
}

@Suite struct StackSumTests {
  private func side(_ pid: UInt32, user: UInt64, comm: CChar = 97) -> stack_side {
    var side = stack_side()
    (side.pid, side.user, side.comm.0) = (pid, user, comm)
    side.owner = stack_owner(generation: 5, pid: pid, padding: 0)
    return side
  }

  private let one = stack_count(count: 1, nanoseconds: 100)

  @Test func `what is counted by the same is added up`() {
    var sums = StackSums()
    let keys = [
      stack_key(side: side(1, user: 10), waker: stack_side()),
      stack_key(side: side(1, user: 11), waker: stack_side()),
      stack_key(side: side(2, user: 10), waker: stack_side()),
      stack_key(side: side(1, user: 10, comm: 98), waker: stack_side()),
      stack_key(side: side(1, user: 10), waker: side(2, user: 12)),
      stack_key(side: side(1, user: 10), waker: side(2, user: STACK_OF_INTERRUPT)),
    ]
    for _ in 0..<3 {
      let hadRoom = keys.map { sums.add(one, by: $0, room: keys.count) }
      #expect(!hadRoom.contains(false))
    }
    #expect(sums.count == keys.count && sums.tasks.count == 3)
    for (index, key) in keys.enumerated() {
      let (found, count) = sums[index]
      #expect(count.count == 3 && count.nanoseconds == 300)
      #expect(found.side.user == key.side.user && found.hasWaker == (index > 3))
      let task = sums.tasks[Int(found.side.task)]
      #expect(task.pid == key.side.pid && task.owner.generation == 5)
      #expect(withUnsafeBytes(of: task.comm) { $0[0] } == UInt8(key.side.comm.0))
      if found.hasWaker { #expect(found.waker.user == key.waker.user) }
    }
    #expect(sums.userStacks.map(\.number) == [10, 11, 10, 10, 10, 12, 10])
  }

  @Test func `without room only what is there is counted`() {
    var sums = StackSums()
    let known = stack_key(side: side(1, user: 10), waker: stack_side())
    let other = stack_key(side: side(1, user: 11), waker: stack_side())
    let hadRoom = [known, other, known].map { sums.add(one, by: $0, room: 1) }
    #expect(hadRoom == [true, false, true])
    #expect(sums.count == 1 && sums[0].count.count == 2)
  }
}
