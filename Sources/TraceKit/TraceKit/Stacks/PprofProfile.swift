import CLinux
import Glibc

/// A profile for pprof: a message of its `profile.proto`, compressed by gzip.
///
/// The innermost frame is the first of a sample; the command is its outermost frame and a
/// label, its process another label.
final class PprofProfile: StackDrawing {
  private struct Location: StackLabel {
    let name: String
    let file: String
    let address: UInt64
    let line: UInt32

    static let truncated = Location(StackStep(name: StackName.truncated.text))

    init(_ step: StackStep) {
      name = step.frame?.name ?? step.name
      file = step.kind == .kernel ? "[kernel]" : step.frame?.place?.file ?? ""
      address = step.frame?.address ?? 0
      line = step.frame?.place?.line ?? 0
    }

    var weight: Int { name.utf8.count + file.utf8.count }
  }

  private struct Function: Hashable {
    let name: Int
    let file: Int
  }

  private struct Owner: Hashable {
    let comm: String
    let pid: UInt32
  }

  private let title: String
  private let unit: String
  private let style: StackStyle
  private let clock: EventClock
  private var stacks: WholeStacks<Location, Owner, (count: UInt64, value: UInt64)>
  private(set) var cut: UInt64 = 0

  /// - Parameter room: what its stacks may take, in bytes.
  init(
    title: String, unit: String, _ style: StackStyle, _ clock: EventClock,
    room: Int = StackFiles.room
  ) {
    self.title = title
    self.unit = unit
    self.style = style
    self.clock = clock
    stacks = WholeStacks(none: (Owner(comm: "", pid: 0), (0, 0)), room: room)
  }

  func add(_ samples: [StackSample]) {
    for sample in samples {
      let value = style.value(sample)
      guard value > 0 else { continue }
      let side = style.root(sample)
      let owner = Owner(comm: String(decoding: side.comm, as: UTF8.self), pid: side.pid)
      let isWhole = stacks.add(style.steps(sample).lazy.map(Location.init), of: owner) {
        $0.count += sample.count
        $0.value += value
      }
      if !isWhole { cut += sample.count }
    }
  }

  func write(to out: OutputBuffer, pause: () throws -> Void) rethrows {
    // The first text is the empty one.
    var texts = NumberedSet<String>()
    _ = texts.insert("")
    var message = ProtobufMessage()
    let isTime = style.measuresTime
    let counted = isTime ? "events" : unit
    message.append(1, Self.pair(texts.insert(counted), texts.insert("count")))
    if isTime { message.append(1, Self.pair(texts.insert("time"), texts.insert("microseconds"))) }
    for number in 0..<stacks.count {
      let stack = stacks[number]
      var sample = ProtobufMessage()
      // Numbers begin with 1, since 0 stands for none.
      sample.append(1, packed: stack.labels.reversed().map { UInt64($0 + 1) })
      let (count, value) = stack.value
      sample.append(2, packed: isTime ? [count, value] : [value])
      sample.append(3, Self.pair(texts.insert("comm"), texts.insert(stack.owner.comm)))
      var pid = ProtobufMessage()
      pid.append(1, UInt64(texts.insert("pid")))
      pid.append(3, UInt64(stack.owner.pid))
      sample.append(3, pid)
      message.append(2, sample)
    }
    var functions = NumberedSet<Function>()
    for (index, location) in stacks.labels.enumerated() {
      let function = functions.insert(
        Function(name: texts.insert(location.name), file: texts.insert(location.file)))
      var line = ProtobufMessage()
      line.append(1, UInt64(function + 1))
      line.append(2, UInt64(location.line))
      var inner = ProtobufMessage()
      inner.append(1, UInt64(index + 1))
      inner.append(3, location.address)
      inner.append(4, line)
      message.append(4, inner)
    }
    for (index, function) in functions.elements.enumerated() {
      var inner = ProtobufMessage()
      inner.append(1, UInt64(index + 1))
      inner.append(2, UInt64(function.name))
      inner.append(4, UInt64(function.file))
      message.append(5, inner)
    }
    let now = EventClock.now
    message.append(9, UInt64(clock.timeOfDay(clock.start)))
    message.append(10, now &- clock.start)
    message.append(13, UInt64(texts.insert(title)))
    for text in texts.elements { message.append(6, Array(text.utf8)) }
    compress(message.bytes, to: out)
    try pause()
  }

  /// A message of two texts, by their numbers.
  private static func pair(_ first: Int, _ second: Int) -> ProtobufMessage {
    var message = ProtobufMessage()
    message.append(1, UInt64(first))
    message.append(2, UInt64(second))
    return message
  }

  private func compress(_ bytes: [UInt8], to out: OutputBuffer) {
    var compressed: UnsafeMutableRawPointer?
    let size = linux_gzip(bytes, bytes.count, &compressed)
    out.append(bytes: UnsafeRawBufferPointer(start: compressed, count: size))
    free(compressed)
  }
}
