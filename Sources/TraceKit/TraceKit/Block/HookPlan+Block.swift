extension HookPlan {
  /// The tracepoints of block requests, by the programs of `lib/block.bpf.h`.
  ///
  /// - Parameter withSubmitters: with those that report who wants a request.
  public static func blockRequests(withSubmitters: Bool = true) -> [HookPlan] {
    blockPlans(["rq_issue", "rq_complete"], withSubmitters: withSubmitters)
  }

  /// The same where only the issue of requests counts, with those that are issued again.
  public static func blockIssues(withSubmitters: Bool) -> [HookPlan] {
    blockPlans(["rq_issue", "rq_requeue"], withSubmitters: withSubmitters)
  }

  private static func blockPlans(_ programs: [String], withSubmitters: Bool) -> [HookPlan] {
    let submissions = withSubmitters ? ["getrq", "frontmerge"] : []
    return tracepoints(programs + submissions)
  }
}
