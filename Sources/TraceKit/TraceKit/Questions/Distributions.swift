public import Wire

/// The specifiers of a command line as objects that are to be loaded, one each for every
/// program of values.
public struct Distributions: Sendable {
  public struct Measured: Sendable {
    public let distribution: Distribution
    /// Whether powers of two are counted, not values.
    public let hasPowers: Bool
    public let plans: [HookPlan]
    public let program: value_program
    public let begin: value_program?
    /// The number of its specifier, which the keys of all its programs have.
    public let number: Int
    /// Whether its calls are followed in user space.
    public let isUser: Bool
    /// Whether each function has a cookie.
    public let tellsApart: Bool
  }

  public let measured: [Measured]
  /// The specifiers by their numbers.
  let specifiers: [(distribution: Distribution, hasPowers: Bool)]

  private static let most = 128

  /// - Parameters:
  ///   - specifiers: as a user wrote them, and whether each is a histogram.
  ///   - process: whose files are meant, where one is given.
  ///   - only: probe that process alone.
  ///   - textSize: how many bytes of a text are read.
  public init(
    _ specifiers: [(text: String, hasPowers: Bool)], of process: UInt32?, only: UInt32?,
    textSize: UInt32, programs: ProbeSet.Programs, keeping: ProbeSet.Programs
  ) throws {
    self.specifiers = try specifiers.map { text, hasPowers in
      let made = try Distribution(text)
      if hasPowers {
        guard made.values.count == 1, !made.values[0].isText else {
          throw ToolError(.usage, "'\(text)': a histogram has one value, which is an integer")
        }
      }
      return (made, hasPowers)
    }
    var measured: [Measured] = []
    for (number, (distribution, hasPowers)) in self.specifiers.enumerated() {
      let set = try ProbeSet(distribution.spec, of: process, only: only)
      for group in AskedProbes.groups(of: set) {
        let scope = distribution.scope(
          at: set.names[set.places[group[0]].name], arguments: set.places[group[0]].arguments)
        let (program, begin) = try distribution.programs(scope, textSize: textSize)
        var plans = try set.plans(
          begin == nil ? programs : keeping, cookies: .places(from: 0), both: begin != nil)
        if group.count < set.places.count {
          plans = plans.suffix(1).map { plan in
            // The sides follow each other, each with all places.
            let sides = plan.probes.count / set.places.count
            let own = (0..<sides).flatMap { side in
              group.map { plan.probes[side * set.places.count + $0] }
            }
            return HookPlan(plan.kind, probes: own, readsTypes: false)
          }
        }
        measured.append(
          Measured(
            distribution: distribution, hasPowers: hasPowers, plans: plans, program: program,
            begin: begin, number: number, isUser: distribution.spec.kind == .userFunction,
            tellsApart: begin != nil && group.count > 1 && set.canTellApart))
      }
    }
    guard measured.count <= Self.most else {
      throw ToolError(
        .usage, "the probes need \(measured.count) programs, and at most \(Self.most) are possible")
    }
    self.measured = measured
  }
}
