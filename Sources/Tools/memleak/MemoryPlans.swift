import TraceKit

extension Memleak {
  var userPlan: HookPlan {
    get throws {
      let (filter, isTried) = (outstanding.filter, outstanding.run.onlyAnswers)
      let allocators = try Allocators(
        having: symbolsPrefix + "malloc", in: object,
        of: filter.searchedProcesses(isTried: isTried), program: commandLine?.first,
        only: filter.onlyProcess(command: commandLine, isTried: isTried))
      return HookPlan(.uprobe, probes: allocators.probes(prefix: symbolsPrefix))
    }
  }

  var kernelPlans: [HookPlan] {
    let names =
      percpu
      ? ["percpu_alloc", "percpu_free"]
      : ["kmalloc", "kfree", "kmem_cache_alloc", "kmem_cache_free"]
        + ["mm_page_alloc", "mm_page_free"]
    // The first two before 6.1.
    let optional = percpu ? [] : ["kmalloc_node", "kmem_cache_alloc_node", "kfree_bulk"]
    return [HookKind.typedTracepoint, .rawTracepoint].map { kind in
      HookPlan(
        kind, names.map { "\(kind.rawValue)_\($0)" },
        optional: optional.map { "\(kind.rawValue)_\($0)" })
    }
  }
}
