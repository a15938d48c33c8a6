/// The fields of an event, by which a recording knows whether its events are those of this
/// program: their names and sizes in their order, as in `header.time_ns:8 result:4`.
struct EventFields: Equatable {
  let fields: [Substring]
  /// The bytes of the fixed part.
  let size: Int

  /// Those of a type, whose padding is written out.
  init<Event: BitwiseCopyable>(of type: Event.Type) {
    var bytes = [UInt8](repeating: 0, count: max(MemoryLayout<Event>.size, 1))
    let event = bytes.withUnsafeMutableBytes { $0.loadUnaligned(as: type) }
    var fields: [Substring] = []
    Self.visit(event, "", &fields)
    self.fields = fields
    size = MemoryLayout<Event>.size
  }

  private static func visit(_ value: Any, _ prefix: String, _ fields: inout [Substring]) {
    for child in Mirror(reflecting: value).children {
      let name = prefix + (child.label ?? "")
      if Mirror(reflecting: child.value).displayStyle == .struct {
        visit(child.value, name + ".", &fields)
      }
      fields.append("\(name):\(size(of: child.value))")
    }
  }

  private static func size<Value>(of value: Value) -> Int { MemoryLayout<Value>.size }

  /// From the text in a recording; nil where it is none.
  init?(_ text: String, size: Int) {
    guard (1...RecordingFormat.mostBytes).contains(size) else { return nil }
    fields = text.split(separator: " ")
    self.size = size
  }

  var text: String { fields.joined(separator: " ") }

  /// Whether the fields that both have are the same: fields are only added at the end, in an
  /// older recording they are missing and in a newer one they are not read.
  func continues(_ other: EventFields) -> Bool {
    let both = min(fields.count, other.fields.count)
    return fields.prefix(both) == other.fields.prefix(both)
  }
}
