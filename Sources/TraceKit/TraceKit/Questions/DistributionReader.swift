/// What a key of a distribution has, wherever it has it.
public protocol DistributionKey: SendableMetatype {
  var probe: UInt32 { get }
  func value(_ index: Int) -> Int64
  /// The bytes of the text.
  var textBytes: [UInt8] { get }
}

/// A row of a distribution: a value, or a power of two.
public struct DistributionRow: SummaryRow, Sendable {
  let label: String
  /// `size = 16, name = x`; the least and the greatest value of a power.
  let event: [UInt8]
  let bounds: ClosedRange<UInt64>?
  /// What is shown, and what of it was counted since the last summary.
  let total: UInt64
  public let count: UInt64
  /// The lines of a table that come before it, and that it has.
  var lines: [String] = []
}

/// Takes what was counted, the rarest value first as in bcc, or the powers in their order.
public final class DistributionReader<Key: DistributionKey & BitwiseCopyable>: SummarySource {
  private let account: KernelAccount
  private let map: HashMap<Key, UInt64>
  private let distributions: Distributions
  private let top: Int?
  /// All that was counted so far, where it is not counted anew after each summary.
  private var totals: [[UInt8]: Counted]?
  public private(set) var leftOut: UInt64 = 0

  public init(
    _ session: Session, _ distributions: Distributions, top: Int?, isCumulative: Bool
  ) throws(BPFError) {
    account = try KernelAccount(session)
    map = try HashMap("counts", in: session.object)
    self.distributions = distributions
    self.top = top
    totals = isCumulative ? [:] : nil
  }

  public func stop() { account.stop() }

  public func ledger() throws -> Ledger { try account.ledger() }

  /// A key, how often it was counted in all, and since the last time.
  private typealias Counted = (key: Key, total: UInt64, new: UInt64)

  public func take() throws -> [DistributionRow] {
    var counted: [Counted] = try map.drain().map { ($0.key, $0.value, $0.value) }
    if totals != nil {
      for known in totals?.keys.map({ $0 }) ?? [] { totals?[known]?.new = 0 }
      for (key, count, _) in counted {
        let bytes = withUnsafeBytes(of: key) { Array($0) }
        totals?[bytes, default: (key, 0, 0)].total += count
        totals?[bytes]?.new += count
      }
      counted = totals.map { Array($0.values) } ?? []
    }
    leftOut = 0
    return distributions.specifiers.indices.flatMap { number in
      let own = counted.filter { $0.key.probe == number }
      let (distribution, hasPowers) = distributions.specifiers[number]
      return hasPowers ? powers(own, distribution) : values(own, distribution)
    }
  }

  private func values(_ counted: [Counted], _ distribution: Distribution) -> [DistributionRow] {
    var rows = counted.map { key, total, new in
      DistributionRow(
        label: distribution.label, event: event(key, distribution), bounds: nil, total: total,
        count: new)
    }
    // The rarest first, as in bcc.
    rows.sort { ($0.total, $0.text) < ($1.total, $1.text) }
    if let top, rows.count > top {
      leftOut += rows.dropLast(top).reduce(0) { $0 + $1.count }
      rows = rows.suffix(top)
    }
    for index in rows.indices {
      rows[index].lines = ["  " + "\(rows[index].total)".padded(to: 10) + " " + rows[index].text]
    }
    if !rows.isEmpty {
      rows[0].lines.insert(contentsOf: [distribution.label, "  COUNT      EVENT"], at: 0)
    }
    return rows
  }

  private func event(_ key: Key, _ distribution: Distribution) -> [UInt8] {
    guard !distribution.values.isEmpty else { return Array("total calls".utf8) }
    var event: [UInt8] = []
    for (index, value) in distribution.values.enumerated() {
      if index > 0 { event += Array(", ".utf8) }
      event += Array("\(value.name) = ".utf8)
      let number = key.value(index)
      if value.isText {
        event += number < 0 ? AskedMessages.unreadable : key.textBytes
      } else if value.type.integer.isSigned {
        event += Array("\(number)".utf8)
      } else {
        event += Array("\(UInt64(bitPattern: number))".utf8)
      }
    }
    return event
  }

  private func powers(_ counted: [Counted], _ distribution: Distribution) -> [DistributionRow] {
    var totals = [UInt64](repeating: 0, count: 64), news = totals
    for (key, total, new) in counted where totals.indices.contains(Int(key.value(0))) {
      totals[Int(key.value(0))] += total
      news[Int(key.value(0))] += new
    }
    guard let last = totals.lastIndex(where: { $0 > 0 }), let most = totals.max() else { return [] }
    let (width, bar) = last < 32 ? (10, 40) : (20, 20)
    var rows: [DistributionRow] = []
    for power in 0...last {
      let low: UInt64 = power == 0 ? 0 : 1 << power
      let high: UInt64 = power == 63 ? .max : 1 << (power + 1) - 1
      let stars = String(
        repeating: "*", count: Int(Double(totals[power]) / Double(most) * Double(bar)))
      var row = DistributionRow(
        label: distribution.label, event: [], bounds: low...high, total: totals[power],
        count: news[power])
      row.lines = [
        "\(low)".padded(to: width, onLeft: true) + " -> " + "\(high)".padded(to: width) + " : "
          + "\(totals[power])".padded(to: 8) + " |" + stars.padded(to: bar) + "|"
      ]
      if power == 0 {
        let name = distribution.values[0].name.padded(to: 2 * width - 1)
        row.lines = [distribution.label, "     \(name) : count     distribution"] + row.lines
      }
      rows.append(row)
    }
    return rows
  }
}

extension String {
  fileprivate func padded(to width: Int, onLeft: Bool = false) -> String {
    let blanks = String(repeating: " ", count: max(width - utf8.count, 0))
    return onLeft ? blanks + self : self + blanks
  }
}

extension DistributionRow {
  /// What records of JSON and CSV have.
  public static var columns: [Column<DistributionRow>] {
    [
      Column("label", "LABEL", width: 0, role: .key) { $1.text($0.label) },
      Column("event", "EVENT", width: 0, role: .key) { row, cell in
        if row.bounds == nil { row.event.withUnsafeBytes { cell.text($0) } } else { cell.none() }
      },
      Column("from", "FROM", width: 0) { row, cell in
        if let bounds = row.bounds { cell.integer(bounds.lowerBound) } else { cell.none() }
      },
      Column("to", "TO", width: 0) { row, cell in
        if let bounds = row.bounds { cell.integer(bounds.upperBound) } else { cell.none() }
      },
      Column("count", "COUNT", width: 0, role: .total) { $1.integer($0.total) },
    ]
  }

  fileprivate var text: String { String(decoding: event, as: UTF8.self) }

  /// The lines of a table.
  public var details: [String] { lines }
}
