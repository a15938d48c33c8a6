/// The calls of functions, with their values.
extension Column where Row: ~Copyable & ~Escapable {
  /// The function or tracepoint.
  public static func callName<Event: TraceEvent & SnoopedEvent>(
    _ calls: SnoopedCalls
  ) -> Column where Row == Record<Event> {
    Column("func", "FUNC", width: 24, presence: .hidden, role: .key) {
      $1.text(calls.call(of: $0.event)?.name ?? "")
    }
  }

  /// What of the call it is.
  public static func callMoment<Event: TraceEvent & SnoopedEvent>(
    _ calls: SnoopedCalls
  ) -> Column where Row == Record<Event> {
    Column("moment", "MOMENT", width: 10, presence: .hidden) {
      let event = $0.event
      if calls.call(of: event)?.isTracepoint == true {
        $1.literal("tracepoint")
      } else {
        $1.literal(event.isReturn ? "return" : "entry")
      }
    }
  }

  /// The values, as C has them.
  public static func callValues<Event: TraceEvent & SnoopedEvent>(
    _ calls: SnoopedCalls
  ) -> Column where Row == Record<Event> {
    Column("args", "FUNCTION/ARGS", width: 0) { row, cell in
      let event = row.event
      guard let call = calls.call(of: event) else { return cell.none() }
      row.withTail(count: .max / 2) { tail in
        cell.call(call, CallValues(event, call, tail))
      }
    }
  }
}

extension SnoopedCalls {
  fileprivate func call(of event: some SnoopedEvent) -> Call? {
    calls.indices.contains(Int(event.call)) ? calls[Int(event.call)] : nil
  }
}

extension Cell {
  fileprivate func call(_ call: SnoopedCalls.Call, _ values: CallValues) {
    switch format {
    case .table:
      // A line each where one of them is more than a number or a text.
      values.writeText(call.name, isMultiline: values.hasMemory, to: out)
    case .json: values.writeJSON(to: out)
    case .csv:
      let field = OutputBuffer(capacity: 256)
      values.writeText(call.name, isMultiline: false, to: field)
      field.withBytes { out.append(csvField: $0) }
    }
  }
}

/// The values of one event.
struct CallValues {
  private struct Value {
    let item: CallSide.Item
    let result: Int64
    /// What was copied; nil where that failed.
    let memory: UnsafeRawBufferPointer?
  }

  private let values: [Value]
  private let isCut: Bool

  /// - Parameter tail: the bytes behind the event.
  init(_ event: some SnoopedEvent, _ call: SnoopedCalls.Call, _ tail: UnsafeRawBufferPointer) {
    let side = event.isReturn ? call.end : call.begin
    isCut = side?.isCut == true
    let bytes = TypedBytes(bytes: tail)
    values = (side?.items ?? []).enumerated().map { index, item in
      let result = event.result(index)
      let memory: UnsafeRawBufferPointer? =
        switch item.kind {
        case .value: nil
        case .memory(let size, let offset): event.hasFailed(index) ? nil : bytes[offset, size]
        case .text(let number):
          result < 0
            ? nil
            : bytes[number * (side?.textSize ?? 0), min(Int(result), side?.textSize ?? 0)]
        }
      return Value(item: item, result: result, memory: memory)
    }
  }

  /// Whether one of them is more than a number or a text.
  var hasMemory: Bool {
    values.contains { if case .memory = $0.item.kind { true } else { false } }
  }

  // MARK: As C

  func writeText(_ name: String, isMultiline: Bool, to out: OutputBuffer) {
    let writer = TypedValueText(out: out, isMultiline: isMultiline)
    out.append(name)
    out.append("(" as StaticString)
    for (index, value) in values.enumerated() {
      if index > 0 { out.append((isMultiline ? "," : ", ") as StaticString) }
      if isMultiline { writer.newLine(2) }
      // What a user wrote can have anything in it.
      writer.writeName(value.item.label)
      out.append(" = " as StaticString)
      write(value, with: writer)
    }
    if isCut { out.append((values.isEmpty ? "..." : ", ...") as StaticString) }
    if isMultiline { writer.newLine(1) }
    out.append(");" as StaticString)
  }

  private func write(_ value: Value, with writer: TypedValueText) {
    let item = value.item, out = writer.out
    let address = UInt64(bitPattern: value.result)
    switch (item.kind, value.memory) {
    case (.value, _):
      withUnsafeBytes(of: value.result) { bytes in
        if let number = Self.scalar(item.layout, bytes) {
          writer.write(number, item.layout, indent: 2)
        }
      }
    case (.text, let text?):
      Self.writeType(item.type, to: out)
      writer.writeText(text)
    case (.text, nil):
      Self.writeType(item.type, to: out)
      out.append("[unreadable]" as StaticString)
    case (.memory, let memory?):
      out.append("*(" as StaticString)
      writer.writeAddress(address)
      out.append(") " as StaticString)
      writer.write(.memory(memory), item.layout, indent: 2)
      if memory.count < item.layout.size {
        out.append(" /* \(memory.count) of \(item.layout.size) bytes */")
      }
    case (.memory, nil):
      Self.writeType(item.type, to: out)
      writer.writeAddress(address)
      if address != 0 { out.append(" [unreadable]" as StaticString) }
    }
  }

  private static func writeType(_ type: String, to out: OutputBuffer) {
    out.append("(" as StaticString)
    out.append(type)
    out.append(")" as StaticString)
  }

  private static func scalar(
    _ layout: TypeLayout, _ bytes: UnsafeRawBufferPointer
  ) -> TypedValue? {
    TypedValue(layout, at: TypedBytes(bytes: bytes)[0, layout.size])
  }

  // MARK: As JSON

  func writeJSON(to out: OutputBuffer) {
    let writer = TypedValueJSON(out: out)
    out.append("[" as StaticString)
    for (index, value) in values.enumerated() {
      out.append((index > 0 ? ",{\"name\":" : "{\"name\":") as StaticString)
      writer.writeName(value.item.label)
      out.append(",\"type\":" as StaticString)
      writer.writeName(value.item.type)
      if case .memory = value.item.kind {
        out.append(",\"address\":" as StaticString)
        writer.writeAddress(UInt64(bitPattern: value.result))
      }
      out.append(",\"value\":" as StaticString)
      write(value, with: writer)
      out.append("}" as StaticString)
    }
    out.append("]" as StaticString)
  }

  private func write(_ value: Value, with writer: TypedValueJSON) {
    let item = value.item, out = writer.out
    switch (item.kind, value.memory) {
    case (.value, _):
      withUnsafeBytes(of: value.result) { bytes in
        if let number = Self.scalar(item.layout, bytes) {
          writer.write(number, item.layout)
        } else {
          out.append("null" as StaticString)
        }
      }
    case (.text, let text?):
      guard !out.append(jsonString: text.upToNUL) else { return }
      out.append(",\"value_base64\":\"" as StaticString)
      out.append(base64: text.upToNUL)
      out.append("\"" as StaticString)
    case (.memory, let memory?):
      writer.write(.memory(memory), item.layout)
      if memory.count < item.layout.size {
        out.append(",\"left_out\":" as StaticString)
        out.append(UInt64(item.layout.size - memory.count))
      }
    case (_, nil): out.append("null" as StaticString)
    }
  }
}
