/// A tool that sums up how long something ran on CPUs, or with `-d` prints the distribution.
/// Its object was made with `lib/spans.bpf.h`.
public protocol SpanTool: SummaryTool, HistogramTool {
  associatedtype Intervals: SummaryIntervals

  var spans: SpanOptions { get }
  var summary: DistributionSettings<Letters, Intervals> { get }
}

extension SpanTool {
  public var histogram: DistributionSettings<Letters, Intervals> { summary }
  public var common: RunOptions<Letters> { summary.run }
  public var subject: String { Self.subject }
  public var heading: SummaryHeading { summary.timestamp ? .timeAndColumns : .columnsApart }
  public var unit: HistogramUnit { spans.unit }
  public var isKeyed: Bool { true }

  public func validate() throws { try spans.check(summary) }

  public func trace() throws -> Int32 {
    spans.distributed ? try showHistograms() : try summarize()
  }

  public func configure(_ object: inout OpenObject) throws(BPFError) {}
}
