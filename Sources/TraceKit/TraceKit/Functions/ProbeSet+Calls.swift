/// Functions whose calls are followed from their begin to their return.
extension ProbeSet {
  /// What is tried where no function is named: one that each kernel has, and one of each process.
  private static let samples = ["vfs_read", "c:getppid"]

  /// - Parameters:
  ///   - functions: as users name them; none: only the kinds of hooks are tried.
  ///   - isExpression: whether names are regular expressions, not wildcards.
  ///   - process: whose files are meant, where one is given.
  ///   - only: probe that process alone.
  /// - Throws: ``ToolError`` for what is no function.
  public static func calls(
    of functions: [String], isExpression: Bool = false, in process: UInt32?, only: UInt32?
  ) throws -> [ProbeSet] {
    guard !functions.isEmpty else {
      return try samples.map { try ProbeSet(ProbeSpec($0), of: nil, only: nil, needsReturn: true) }
    }
    return try functions.map { text in
      let spec = try ProbeSpec(text, isExpression: isExpression)
      guard !spec.atReturn, spec.kind == .kernelFunction || spec.kind == .userFunction else {
        throw ToolError(.usage, "'\(text)': only calls of functions take time")
      }
      return try ProbeSet(spec, of: process, only: only, needsReturn: true)
    }
  }

  /// The plans for both ends of the calls, with the numbers of names as cookies.
  ///
  /// - Parameters:
  ///   - tellsApart: whether the programs must know of several functions which it is.
  ///   - readsTypes: whether the programs read kernel types.
  ///   - isTrial: only the kinds of hooks are tried, those of the kernel and of programs.
  /// - Throws: ``ToolError`` for functions of the kernel beside those of programs.
  public static func callPlans(
    of sets: [ProbeSet], _ programs: Programs, tellsApart: Bool = true, readsTypes: Bool = false,
    isTrial: Bool
  ) throws -> [HookPlan] {
    let groups = [sets.filter(\.isKernel), sets.filter { !$0.isKernel }].filter { !$0.isEmpty }
    guard isTrial || groups.count < 2 else {
      throw ToolError(.usage, "functions of the kernel and of programs cannot be combined")
    }
    return try groups.flatMap {
      try plans(
        of: $0, programs, cookies: .names(from: 0), both: true, readsTypes: readsTypes,
        tellsApart: tellsApart)
    }
  }
}
