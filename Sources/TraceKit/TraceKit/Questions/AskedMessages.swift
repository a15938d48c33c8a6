public import Wire

/// What an event of a probe has for its message, wherever the event has it.
public protocol AskedEvent: EventLayout {
  /// The number of the probe's program, and of the place.
  var probe: UInt32 { get }
  var place: UInt32 { get }
  associatedtype Results: BitwiseCopyable
  /// The results as an array of C, of a text its length with the NUL or a negative errno.
  var values: Results { get }
  var stacks: event_stacks { get }
}

extension AskedEvent {
  /// Beyond those that there are it is 0.
  func result(_ index: Int) -> Int64 { ValueResults.result(index, of: values) }
}

/// Makes the messages of events.
public final class AskedMessages: Sendable {
  private let probes: AskedProbes
  /// All of a tool runs in one thread.
  nonisolated(unsafe) private let symbols: Symbolizer?

  /// Make it before the tool gives up its capabilities.
  public init(_ probes: AskedProbes, tool: String) {
    self.probes = probes
    let needsNames = probes.asked.contains { asked in
      (asked.question.format?.fields ?? []).contains {
        switch $0.conversion {
        case .kernelPlace, .userPlace: true
        default: false
        }
      }
    }
    symbols = needsNames ? Symbolizer { tell("\(tool): \($0)") } : nil
  }

  private func asked(_ event: some AskedEvent) -> AskedProbes.Asked? {
    probes.asked.indices.contains(Int(event.probe)) ? probes.asked[Int(event.probe)] : nil
  }

  /// The function, tracepoint or probe of an event.
  public func name(of event: some AskedEvent) -> String {
    guard let names = asked(event)?.names else { return "" }
    return names.indices.contains(Int(event.place)) ? names[Int(event.place)] : names.first ?? ""
  }

  /// How many bytes of texts an event has before its stacks.
  public func textBytes(of event: some AskedEvent) -> Int { Int(asked(event)?.textBytes ?? 0) }

  /// What is printed of a text that could not be read.
  static let unreadable = Array("[unreadable]".utf8)

  /// The message of an event, with the bytes of texts as they are.
  public func message<Event: AskedEvent & BitwiseCopyable>(
    of record: borrowing Record<Event>
  ) -> [UInt8] {
    let event = record.event
    guard let asked = asked(event), let format = asked.question.format else { return [] }
    var message: [UInt8] = []
    var (value, texts) = (0, 0)
    for piece in format.pieces {
      switch piece {
      case .text(let bytes): message += bytes
      case .field(let field):
        let result = event.result(value)
        value += 1
        switch field.conversion {
        case .text:
          let size = Int(asked.program.text_size)
          message += field.text(Self.text(of: record, texts, of: size, length: result))
          texts += 1
        case .kernelPlace:
          message += field.text(kernelPlace(UInt64(bitPattern: result)))
        case .userPlace:
          message += field.text(
            userPlace(UInt64(bitPattern: result), AddressSpace(event.stacks.owner)))
        default: message += field.number(result)
        }
      }
    }
    return message
  }

  private static func text<Event: BitwiseCopyable>(
    of record: borrowing Record<Event>, _ index: Int, of size: Int, length: Int64
  ) -> [UInt8] {
    guard length >= 0 else { return unreadable }
    return record.withTail(from: index * size, count: min(Int(length), size)) {
      Array($0.upToNUL)
    }
  }

  private func kernelPlace(_ address: UInt64) -> [UInt8] {
    Array((symbols?.kernel([address], skipsTracer: false).first?.name ?? "").utf8)
  }

  private func userPlace(_ address: UInt64, _ space: AddressSpace) -> [UInt8] {
    guard let symbols else { return [] }
    symbols.meet(space)
    return Array((symbols.user([address], in: space).first?.name ?? "").utf8)
  }
}

extension Column where Row: ~Copyable & ~Escapable {
  /// The function, tracepoint or probe.
  public static func askedName<Event: TraceEvent & AskedEvent>(
    _ messages: AskedMessages
  ) -> Column where Row == Record<Event> {
    Column("func", "FUNC", width: 16, role: .key) { $1.text(messages.name(of: $0.event)) }
  }

  /// What the format says.
  public static func message<Event: TraceEvent & AskedEvent>(
    _ messages: AskedMessages, presence: Presence
  ) -> Column where Row == Record<Event> {
    Column("message", "-", width: 0, presence: presence) { row, cell in
      messages.message(of: row).withUnsafeBytes { cell.text($0) }
    }
  }

  /// Seconds since 1970.
  public static func unixTime<Event: TraceEvent>(presence: Presence) -> Column
  where Row == Record<Event> {
    Column("unix_time_s", "TIME", width: 17, presence: presence, role: .detail) {
      $1.unixTime($0.header.time_ns)
    }
  }
}

extension Cell {
  fileprivate func unixTime(_ nanoseconds: UInt64) {
    out.append(UInt64(clock.timeOfDay(nanoseconds)) / 1000, per: 1_000_000, decimals: 6)
  }
}
