/// Frames and stacks, of which a recording has each once, by their numbers.
///
/// Both are numbered in the order in which they come; 0 is the stack without frames.
struct StackTableWriter {
  private var frames = NumberedSet<Frame>()
  private var stacks = NumberedSet<[UInt32]>()
  private var newFrames = EntryWriter()
  private var newStacks = EntryWriter()
  /// Of all stacks that have a number, what they take to keep and to print, in bytes.
  private(set) var weight = 0
  /// Of all stacks that were asked for since it was set.
  var asked = 0

  /// The number of a stack, which is written where it is new.
  mutating func number(of stack: [Frame]) -> UInt32 {
    guard !stack.isEmpty else { return 0 }
    let numbers = stack.map { frameNumber($0) }
    let known = stacks.count
    let number = stacks.insert(numbers)
    asked += stack.weight
    if number == known {
      weight += stack.weight
      newStacks.number(UInt32(numbers.count))
      for number in numbers { newStacks.number(number) }
      newStacks.endEntry()
    }
    return UInt32(number + 1)
  }

  private mutating func frameNumber(_ frame: Frame) -> UInt32 {
    let known = frames.count
    let number = frames.insert(frame)
    if number == known {
      newFrames.number(frame.address)
      newFrames.number(UInt32(frame.isKernel ? 1 : 0))
      frame.append(to: &newFrames)
      newFrames.endEntry()
    }
    return UInt32(number)
  }

  /// How many bytes wait.
  var waiting: Int { newFrames.bytes.count + newStacks.bytes.count }

  /// Writes what waits.
  mutating func flush(to writer: RecordingWriter) {
    if newFrames.count > 0 { writer.append(.frames, newFrames) }
    if newStacks.count > 0 { writer.append(.stacks, newStacks) }
    newFrames.removeAll()
    newStacks.removeAll()
  }
}

/// The frames and stacks of a recording so far. Stacks that are the same share their memory.
struct StackTable {
  private var frames: [Frame] = []
  private var stacks: [(frames: [Frame], weight: Int)] = []
  private var weight = 0
  /// The weight of all stacks that were asked for since it was set.
  var asked = 0

  /// What a recording has of both before it forgets them.
  static let room = 1 << 28
  /// After how much of it no more rows are in an interval.
  static let intervalRoom = 1 << 29
  /// More than the program takes, with all that can be inlined.
  private static let mostFrames = 1 << 14

  /// Learns the frames or stacks of a block.
  ///
  /// - Returns: what is damaged in it; nil: nothing is.
  mutating func add(_ block: RecordingReader.Block) -> String? {
    var reader = EntryReader(block.content)
    switch block.kind {
    case .frames:
      while !reader.isAtEnd {
        guard let address = reader.number(UInt64.self), let isKernel = reader.number(UInt32.self),
          let frame = Frame(&reader, at: address, isKernel: isKernel != 0), add(frame.weight)
        else { return "frame" }
        frames.append(frame)
      }
    case .stacks:
      while !reader.isAtEnd {
        guard let stack = stack(&reader), add(stack.weight) else { return "stack" }
        stacks.append((stack, stack.weight))
      }
    case .forget: self = StackTable()
    default: break
    }
    return nil
  }

  private mutating func add(_ more: Int) -> Bool {
    weight += more
    // A frame is counted with each stack too, and the last row of an interval may be large.
    return weight <= 3 * (Self.room + Self.intervalRoom)
  }

  private func stack(_ reader: inout EntryReader) -> [Frame]? {
    guard let count = reader.number(UInt32.self), count <= Self.mostFrames else { return nil }
    var stack: [Frame] = []
    stack.reserveCapacity(min(Int(count), 256))
    for _ in 0..<count {
      guard let number = reader.number(UInt32.self), number < frames.count else { return nil }
      stack.append(frames[Int(number)])
    }
    return stack
  }

  /// Nil where there is none of this number.
  mutating func stack(_ number: UInt32?) -> [Frame]? {
    guard let number, number <= stacks.count else { return nil }
    if number == 0 { return [] }
    let stack = stacks[Int(number) - 1]
    asked += stack.weight
    return stack.frames
  }
}

extension Frame {
  /// What it takes to keep and to print, in bytes.
  var weight: Int { 64 + name.utf8.count + (place?.file.utf8.count ?? 0) }
}

extension [Frame] {
  var weight: Int { reduce(0) { $0 + $1.weight } }
}
