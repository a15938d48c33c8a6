/// The owner of a control group as a recording has it.
extension CgroupOwner {
  private static var fields: [WritableKeyPath<CgroupOwner, String?>] {
    [\.unit, \.container, \.pod, \.podNamespace]
  }

  var recorded: [UInt8] {
    var writer = EntryWriter()
    for value in [unit, container, pod, podNamespace] {
      writer.number(UInt8(value == nil ? 0 : 1))
      writer.text(Array((value ?? "").utf8))
    }
    return writer.bytes
  }

  /// Nobody, where it was not recorded.
  init(recorded: [UInt8]?) {
    self.init()
    var reader = EntryReader(recorded ?? [])
    for field in Self.fields {
      guard let isKnown = reader.number(UInt8.self), let value = reader.string() else { return }
      if isKnown != 0 { self[keyPath: field] = value }
    }
  }
}
