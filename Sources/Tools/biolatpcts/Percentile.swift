import TraceKit

/// A percentile that is asked for, in the words of the command line.
struct Percentile: Sendable {
  let text: String
  let percent: Double

  /// The usual ones of a distribution.
  static let usual = ["1", "5", "10", "16", "25", "50", "75", "84", "90", "95", "99", "100"]
    .map { Percentile(text: $0, percent: Double($0) ?? 0) }

  /// Several with commas.
  ///
  /// - Throws: `ValidationError` for what is no percentile, or is there twice.
  @Sendable static func list(_ text: String) throws -> [Percentile] {
    let all = try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      let isNumber = part.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2e }
      guard isNumber, part.utf8.count < 16, let percent = Double(part), percent > 0, percent <= 100
      else {
        throw ValidationError("a percentile must be a number above 0 and at most 100")
      }
      return Percentile(text: String(part), percent: percent)
    }
    guard Set(all.map(\.text)).count == all.count else {
      throw ValidationError("a percentile is there twice")
    }
    return all
  }
}
