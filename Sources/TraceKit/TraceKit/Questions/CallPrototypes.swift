/// What the kernel's types and those of its modules say of a call that a user named.
extension CallQuestion {
  /// - Throws: ``ToolError`` where they have no such function or tracepoint, or several.
  func prototype() throws -> KernelPrototype {
    guard KernelFeatures.hasTypes else {
      throw ToolError(
        .unavailable,
        "the kernel has no BTF of its own (CONFIG_DEBUG_INFO_BTF), and --btf does not replace it")
    }
    return isTracepoint ? try ofTracepoint() : try ofFunction()
  }

  private func ofTracepoint() throws -> KernelPrototype {
    if let found = KernelPrototype(tracepoint: name) { return found }
    for module in KernelPrototype.modules(withTracepoint: name) {
      if let found = KernelPrototype(tracepoint: name, module: module) { return found }
    }
    let isCall = name.hasPrefix("sys_enter_") || name.hasPrefix("sys_exit_")
    throw ToolError(
      .usage,
      "'t:\(name)' is no tracepoint that the types of the kernel and of its modules describe"
        + (isCall ? "; those of all system calls are sys_enter and sys_exit" : ""))
  }

  private func ofFunction() throws -> KernelPrototype {
    let own = KernelPrototype(function: name)
    if module == nil || module == Self.kernel, let own { return own }
    guard module != Self.kernel else { throw unknown("the kernel's types describe") }
    let modules = KernelPrototype.modules(withFunction: name)
    if let module, !modules.contains(module) {
      throw unknown("the types of a loaded module '\(module)' describe")
    }
    // A kprobe finds a function by its name alone. So did fentry until 6.4, even if the type
    // of the function is a module's (31bf1dbccfb0 "bpf: Fix attaching fentry/fexit/fmod_ret/lsm
    // to modules").
    let owners = (own == nil ? [] : ["the kernel"]) + modules
    guard owners.count <= 1 else {
      throw ToolError(
        .usage,
        "'\(name)' is a function of each of \(owners.joined(separator: ", ")), "
          + "and the kernel finds only one of them by its name")
    }
    guard let owner = modules.first, let found = KernelPrototype(function: name, module: owner)
    else { throw unknown("the types of the kernel and of its modules describe") }
    return found
  }

  /// What other tools write for a function that is of no module.
  private static let kernel = "vmlinux"

  private func unknown(_ place: String) -> ToolError {
    let asked = (module.map { $0 + ":" } ?? "") + name
    return ToolError(
      .usage, "'\(asked)' is no function that \(place); a tracepoint is t:\(name)")
  }
}
