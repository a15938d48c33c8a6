extension HookPlan {
  /// The tracepoints of block requests, by the programs of `lib/block.bpf.h`.
  ///
  /// - Parameter withSubmitters: with those that tell who wants a request.
  public static func blockRequests(withSubmitters: Bool = true) -> [HookPlan] {
    let submissions = withSubmitters ? ["getrq", "frontmerge"] : []
    return [HookKind.typedTracepoint, .rawTracepoint].map { kind in
      HookPlan(
        kind, (["rq_issue", "rq_complete"] + submissions).map { "\(kind.rawValue)_\($0)" })
    }
  }
}
