import Wire

/// How a tool that measures what runs on CPUs prints it.
public final class SpanOptions: ParsableArguments {
  @Flag(
    name: [.customShort("d"), .customLong("distributed"), .customLong("dist")],
    help: "Print a histogram of the times instead of their sum.")
  public var distributed = false

  @Flag(name: [.customShort("N"), .long], help: "Print nanoseconds instead of microseconds.")
  public var nanoseconds = false

  public init() {}

  /// - Throws: where options of histograms are given and there is none.
  public func check(_ settings: some HistogramSettings) throws {
    guard !distributed, settings.percentiles || settings.extension else { return }
    throw ValidationError("--percentiles and --extension need -d.")
  }

  public var unit: HistogramUnit { nanoseconds ? .nanoseconds : .microseconds }

  /// - Parameters:
  ///   - cpu: the only one where it is measured; nil: all of them.
  ///   - perCPU: CPUs are distinguished.
  public func wire(cpu: UInt32?, perCPU: Bool = false) -> span_config {
    var config = span_config()
    config.one_cpu = cpu == nil ? 0 : 1
    config.cpu = cpu ?? 0
    config.per_cpu = perCPU ? 1 : 0
    config.distribution = distributed ? 1 : 0
    config.divisor = nanoseconds ? 1 : 1000
    return config
  }

  /// A column of a time in the unit.
  ///
  /// - Parameter header: what precedes the unit in its header.
  public func column<Key>(
    _ name: String, _ header: String, width: Int,
    presence: Column<SummaryTotals<Key, span_totals>>.Presence = .shown,
    value: @escaping @Sendable (span_totals) -> UInt64
  ) -> Column<SummaryTotals<Key, span_totals>> {
    let (isExact, header) = (nanoseconds, header + unit.name)
    return Column(name, header, width: width, alignment: .right, presence: presence) { row, cell in
      let value = value(row.totals)
      cell.integer(value, table: String(isExact ? value : value / 1000))
    }
  }
}

extension TotalsSummary where Totals == span_totals {
  /// The spans of a session whose object was made with `lib/spans.bpf.h`, the longest sum
  /// first.
  ///
  /// - Parameters:
  ///   - numbers: where the totals stand by numbers, which these are; nil: by keys.
  ///   - unify: takes out of a key what does not matter, such as the CPU.
  public convenience init(
    spansOf session: Session, numbers: TotalsNumbers<Key>? = nil,
    unifying unify: @escaping (inout Key) -> Void
  ) throws(BPFError) {
    try self.init(
      session, numbers: numbers, by: { $0.total_ns },
      merge: { entries in
        entries.summed(unifying: unify) { sum, more in
          sum.count += more.count
          sum.total_ns += more.total_ns
          sum.max_ns = max(sum.max_ns, more.max_ns)
        }
      }, events: { $0.count })
  }
}
