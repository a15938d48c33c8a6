import Wire

/// How many values of each size there were at each time: a table whose columns are equal
/// parts of the time and whose rows are the buckets of a histogram.
///
/// The number of columns is bounded. A run that is longer has wider ones: two become one.
public final class Heatmap {
  public let scale: HistogramScale
  /// On the kernel's clock.
  public let start: UInt64
  /// The nanoseconds of a column.
  public private(set) var width: UInt64
  /// How many columns there are until the last that is not empty.
  public private(set) var columns = 0
  public private(set) var total: UInt64 = 0
  private var counts = [UInt64](repeating: 0, count: columnLimit * rows)

  static let columnLimit = 240
  static let rows = Int(HISTOGRAM_BUCKETS)

  /// - Parameter width: the nanoseconds of a column in a short run.
  public init(start: UInt64, width: UInt64, scale: HistogramScale = .powers) {
    self.start = start
    self.width = max(width, 1)
    self.scale = scale
  }

  public func add(_ value: UInt64, at time: UInt64) {
    add(1, row: scale.bucket(of: value), at: time)
  }

  /// Adds numbers of values, a number for each row.
  public func add(_ values: [UInt64], at time: UInt64) {
    for (row, count) in values.enumerated() where count > 0 { add(count, row: row, at: time) }
  }

  private func add(_ count: UInt64, row: Int, at time: UInt64) {
    let column = widen(until: time)
    counts[column * Self.rows + row] += count
    columns = max(columns, column + 1)
    total += count
  }

  public func count(column: Int, row: Int) -> UInt64 { counts[column * Self.rows + row] }

  /// Makes columns wider until there is one for a time.
  ///
  /// - Returns: that column.
  @discardableResult
  func widen(until time: UInt64) -> Int {
    // An event may be a moment older than the run.
    let elapsed = time > start ? time - start : 0
    while elapsed / width >= Self.columnLimit { mergeColumns() }
    return Int(elapsed / width)
  }

  private func mergeColumns() {
    for place in 0..<Self.columnLimit / 2 * Self.rows {
      let (column, row) = place.quotientAndRemainder(dividingBy: Self.rows)
      let left = 2 * column * Self.rows + row
      counts[place] = counts[left] + counts[left + Self.rows]
    }
    for place in Self.columnLimit / 2 * Self.rows..<counts.count { counts[place] = 0 }
    columns = (columns + 1) / 2
    width *= 2
  }

  /// The rows from the first to the last that are not empty; nil: there is none.
  var filledRows: ClosedRange<Int>? {
    var filled: ClosedRange<Int>?
    for place in 0..<columns * Self.rows where counts[place] > 0 {
      let row = place % Self.rows
      filled = filled.map { min($0.lowerBound, row)...max($0.upperBound, row) } ?? row...row
    }
    return filled
  }

  /// The greatest count.
  var most: UInt64 { counts.max() ?? 0 }
}

/// Histograms that grow until they are taken, as the columns of a heat map.
final class HeatmapIntervals {
  let heatmap: Heatmap
  private var before = [UInt64](repeating: 0, count: Heatmap.rows)
  private var begun: UInt64

  init(_ heatmap: Heatmap) {
    self.heatmap = heatmap
    begun = heatmap.start
  }

  /// Adds what is new.
  ///
  /// - Parameters:
  ///   - histograms: all that was counted since they were taken.
  ///   - isTaken: the counting begins anew.
  func add(_ histograms: [Histogram], isTaken: Bool, at now: UInt64) {
    var sum = [UInt64](repeating: 0, count: Heatmap.rows)
    for histogram in histograms {
      for (bucket, count) in histogram.buckets.enumerated() { sum[bucket] += count }
    }
    let fresh = zip(sum, before).map { $0 > $1 ? $0 - $1 : 0 }
    // No tick comes exactly in time, so its values belong to the middle.
    heatmap.add(fresh, at: begun + (now - begun) / 2)
    begun = now
    before = isTaken ? before.map { _ in 0 } : sum
  }
}
