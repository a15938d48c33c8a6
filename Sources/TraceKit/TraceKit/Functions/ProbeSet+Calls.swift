/// Functions whose calls are followed from their begin to their return.
extension ProbeSet {
  /// - Parameters:
  ///   - functions: as users name them.
  ///   - process: whose files are meant, where one is given.
  ///   - only: probe that process alone.
  /// - Throws: ``ToolError`` for what is no function.
  public static func calls(
    of functions: [String], in process: UInt32?, only: UInt32?
  ) throws -> [ProbeSet] {
    try functions.map { text in
      let spec = try ProbeSpec(text)
      guard !spec.atReturn, spec.kind == .kernelFunction || spec.kind == .userFunction else {
        throw ToolError(.usage, "'\(text)': only calls of functions take time")
      }
      return try ProbeSet(spec, of: process, only: only, needsReturn: true)
    }
  }

  /// The plans for both ends of the calls, with the numbers of names as cookies.
  ///
  /// - Parameters:
  ///   - readsTypes: whether the programs read kernel types.
  ///   - isTrial: only the kinds of hooks are tried, those of the kernel and of programs.
  /// - Throws: ``ToolError`` for functions of the kernel beside those of programs.
  public static func callPlans(
    of sets: [ProbeSet], _ programs: Programs, readsTypes: Bool, isTrial: Bool
  ) throws -> [HookPlan] {
    let groups = [sets.filter(\.isKernel), sets.filter { !$0.isKernel }].filter { !$0.isEmpty }
    guard isTrial || groups.count < 2 else {
      throw ToolError(.usage, "functions of the kernel and of programs cannot be combined")
    }
    return try groups.flatMap {
      try plans(
        of: $0, programs, cookies: .names(from: 0), both: true, readsTypes: readsTypes,
        tellsApart: true)
    }
  }
}
