import Glibc

/// Which counts have which colour: each level is as many times the one before it.
struct HeatmapColours {
  /// The counts of each level, from the fewest on.
  let ranges: [ClosedRange<UInt64>]

  private static let shades = 7

  /// - Parameter most: the greatest count.
  init(most: UInt64) {
    var ranges: [ClosedRange<UInt64>] = []
    var first: UInt64 = 1
    while first <= most {
      let left = Self.shades - ranges.count
      // The counts that are left, divided evenly on the scale of their logarithm.
      let ratio = pow(Double(most) / Double(first) + 1, 1 / Double(left))
      let last =
        left == 1 ? most : min(most, max(first, UInt64((Double(first) * ratio).rounded()) - 1))
      ranges.append(first...last)
      guard last < most else { break }
      first = last + 1
    }
    self.ranges = ranges.isEmpty ? [1...1] : ranges
  }

  func level(of count: UInt64) -> Int {
    ranges.firstIndex { $0.upperBound >= count } ?? ranges.count - 1
  }

  /// Few levels have shades that are far apart.
  func shade(of level: Int) -> Int { (2 * level + 1) * Self.shades / (2 * ranges.count) }

  static func text(_ range: ClosedRange<UInt64>) -> String {
    let (low, high) = (short(range.lowerBound), short(range.upperBound))
    return range.count == 1 || low == high ? high : "\(low)–\(high)"
  }

  /// A number of at most four characters.
  private static func short(_ number: UInt64) -> String {
    var (value, rest) = (number, number)
    for suffix in ["", "k", "M", "G", "T", "P"] {
      if value < 1000 {
        let tenth = rest % 1000 / 100
        return suffix.isEmpty || value >= 10 || tenth == 0
          ? "\(value)\(suffix)" : "\(value).\(tenth)\(suffix)"
      }
      (rest, value) = (value, value / 1000)
    }
    return "\(value)E"
  }

  static let style: StaticString = """

    text { font: 13px system-ui, sans-serif; fill: #24242a; }
    .heading { font-size: 20px; font-weight: 600; }
    .muted, .legend { fill: #66666e; }
    .value, .legend { text-anchor: end; }
    .time, .level, .empty { text-anchor: middle; }
    .level { font-size: 12px; }
    .empty { font-size: 16px; fill: #66666e; }
    .page { fill: #ffffff; }
    .plot { fill: #f4f4f6; }
    rect { shape-rendering: crispEdges; }
    .grid { stroke: #dcdce2; }
    .mark { stroke: #9a9aa2; }
    #cells rect:hover { stroke: #000000; stroke-width: 1.5; }
    .c0 { fill: #fbc98a; } .c1 { fill: #f9a06a; } .c2 { fill: #ee7460; } .c3 { fill: #d4476a; }
    .c4 { fill: #a92b78; } .c5 { fill: #701d76; } .c6 { fill: #2d0e52; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6e6ea; }
      .muted, .legend, .empty { fill: #a2a2ac; }
      .page { fill: #17171c; }
      .plot { fill: #202027; }
      .grid { stroke: #34343e; }
      .mark { stroke: #6c6c78; }
      #cells rect:hover { stroke: #ffffff; }
      .c0 { fill: #5b2480; } .c1 { fill: #8a2d86; } .c2 { fill: #b93b7c; } .c3 { fill: #de5267; }
      .c4 { fill: #f5784e; } .c5 { fill: #fcaa47; } .c6 { fill: #fbe28b; }
    }

    """
}
