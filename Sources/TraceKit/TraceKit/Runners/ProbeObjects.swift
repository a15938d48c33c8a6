/// A tool that loads an object for each of its probes: the first is the tool's own, and the
/// others are its companions.
public protocol ProbeObjectTool {
  associatedtype WireConfiguration: TraceConfiguration

  /// One for each probe. Without any, only the kinds of hooks are tried.
  var objects: [CompanionObject<WireConfiguration>] { get throws }
  /// The plans that are tried without a probe.
  static var samplePlans: [HookPlan] { get throws }
}

extension ProbeObjectTool {
  public var plans: [HookPlan] { get throws { try objects.first?.plans ?? Self.samplePlans } }

  public func wireConfiguration() throws -> WireConfiguration {
    try objects.first?.configuration ?? WireConfiguration()
  }
}

extension ProbeObjectTool where Self: StreamTool {
  public var companions: [CompanionObject<WireConfiguration>] {
    get throws { Array(try objects.dropFirst()) }
  }
}

extension ProbeObjectTool where Self: SummaryTool {
  public var companions: [CompanionObject<WireConfiguration>] {
    get throws { Array(try objects.dropFirst()) }
  }
}
