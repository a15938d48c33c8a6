import CLinux
import Glibc

/// A profile for pprof: a message of its `profile.proto`, compressed by gzip.
///
/// The innermost frame is the first of a sample; the command is its outermost frame and a
/// label, its process another label.
final class PprofProfile: StackDrawing {
  private struct Location: Hashable {
    let function: Int
    let address: UInt64
    let line: UInt32
  }

  private struct Function: Hashable {
    let name: Int
    let file: Int
  }

  private struct Key: Hashable {
    let locations: [Int]
    let comm: Int
    let pid: UInt32
  }

  private let title: String
  private let unit: String
  private let style: StackStyle
  private let clock: EventClock
  private var texts = NumberedSet<String>()
  private var functions = NumberedSet<Function>()
  private var locations = NumberedSet<Location>()
  private var samples = NumberedSet<Key>()
  private var values: [(count: UInt64, value: UInt64)] = []
  private var room = StackRoom()

  init(title: String, unit: String, _ style: StackStyle, _ clock: EventClock) {
    self.title = title
    self.unit = unit
    self.style = style
    self.clock = clock
    // The first text is the empty one.
    _ = texts.insert("")
  }

  func add(_ samples: [StackSample]) {
    for sample in samples {
      let value = style.value(sample)
      guard value > 0 else { continue }
      let side = style.root(sample)
      let key = Key(
        locations: room.steps(sample, style).reversed().map(location),
        comm: texts.insert(String(decoding: side.comm, as: UTF8.self)), pid: side.pid)
      let place = self.samples.insert(key)
      if place == values.count {
        values.append((0, 0))
        room.use(key.locations.count)
      }
      values[place].count += sample.count
      values[place].value += value
    }
  }

  private func location(_ step: StackStep) -> Int {
    let file = step.kind == .kernel ? "[kernel]" : step.frame?.place?.file ?? ""
    let function = functions.insert(
      Function(
        name: texts.insert(step.frame?.name ?? step.name), file: texts.insert(file)))
    return locations.insert(
      Location(
        function: function, address: step.frame?.address ?? 0, line: step.frame?.place?.line ?? 0))
  }

  func write(to out: OutputBuffer) {
    var message = ProtobufMessage()
    let isTime = style.measuresTime
    let counted = isTime ? "events" : unit
    message.append(1, valueType(counted, "count"))
    if isTime { message.append(1, valueType("time", "microseconds")) }
    for (key, value) in zip(samples.elements, values) {
      message.append(2, sample(key, isTime ? [value.count, value.value] : [value.value]))
    }
    // Numbers begin with 1, since 0 stands for none.
    for (index, location) in locations.elements.enumerated() {
      var line = ProtobufMessage()
      line.append(1, UInt64(location.function + 1))
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
  }

  private func valueType(_ type: String, _ unit: String) -> ProtobufMessage {
    var message = ProtobufMessage()
    message.append(1, UInt64(texts.insert(type)))
    message.append(2, UInt64(texts.insert(unit)))
    return message
  }

  private func sample(_ key: Key, _ values: [UInt64]) -> ProtobufMessage {
    var message = ProtobufMessage()
    message.append(1, packed: key.locations.map { UInt64($0 + 1) })
    message.append(2, packed: values)
    var comm = ProtobufMessage()
    comm.append(1, UInt64(texts.insert("comm")))
    comm.append(2, UInt64(key.comm))
    message.append(3, comm)
    var pid = ProtobufMessage()
    pid.append(1, UInt64(texts.insert("pid")))
    pid.append(3, UInt64(key.pid))
    message.append(3, pid)
    return message
  }

  private func compress(_ bytes: [UInt8], to out: OutputBuffer) {
    var compressed: UnsafeMutableRawPointer?
    let size = linux_gzip(bytes, bytes.count, &compressed)
    out.append(bytes: UnsafeRawBufferPointer(start: compressed, count: size))
    free(compressed)
  }
}
