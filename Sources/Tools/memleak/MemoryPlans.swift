import TraceKit

extension Memleak {
  /// The functions of allocators, and the program at the begin of each. Those of C++ come
  /// after those of C, which they often are under another name.
  private static let allocating: KeyValuePairs = [
    "malloc": "first_size", "calloc": "product", "realloc": "again",
    "reallocarray": "product_again", "posix_memalign": "by_pointer",
    "aligned_alloc": "second_size", "memalign": "second_size", "valloc": "first_size",
    "pvalloc": "first_size", "mmap": "map", "mmap64": "map", "mremap": "map_again",
    "_Znwm": "first_size", "_Znam": "first_size", "_ZnwmRKSt9nothrow_t": "first_size",
    "_ZnamRKSt9nothrow_t": "first_size", "_ZnwmSt11align_val_t": "first_size",
    "_ZnamSt11align_val_t": "first_size",
  ]
  private static let freeing: KeyValuePairs = [
    "free": "free_one", "munmap": "unmap_some", "_ZdlPv": "free_one", "_ZdaPv": "free_one",
    "_ZdlPvm": "free_one", "_ZdaPvm": "free_one", "_ZdlPvRKSt9nothrow_t": "free_one",
    "_ZdaPvRKSt9nothrow_t": "free_one", "_ZdlPvSt11align_val_t": "free_one",
    "_ZdaPvSt11align_val_t": "free_one",
  ]

  var userPlan: HookPlan {
    get throws {
      let (filter, prefix) = (outstanding.filter, symbolsPrefix)
      let isTried = outstanding.run.onlyAnswers
      let allocators = try Allocators(
        having: prefix + "malloc", in: object, of: filter.searchedProcesses(isTried: isTried),
        program: commandLine?.first,
        only: filter.onlyProcess(command: commandLine, isTried: isTried))
      var programs: [String: (name: String, returns: Bool)] = [:]
      for (name, program) in Self.allocating { programs[prefix + name] = (program, true) }
      for (name, program) in Self.freeing { programs[prefix + name] = (program, false) }
      let names = (Self.allocating.map(\.key) + Self.freeing.map(\.key)).map { prefix + $0 }
      let probes = allocators.probes(at: names) { function, place, label in
        guard let program = programs[function] else { return [] }
        // A call is open from its begin on, which therefore must not be seen before its end is.
        return (program.returns ? [Probe("end", place, label: label, atReturn: true)] : [])
          + [Probe(program.name, place, label: label)]
      }
      return HookPlan(.uprobe, probes: probes)
    }
  }

  var kernelPlans: [HookPlan] {
    let names =
      percpu
      ? ["percpu_alloc", "percpu_free"]
      : [
        "kmalloc", "kfree", "kmem_cache_alloc", "kmem_cache_free", "mm_page_alloc", "mm_page_free",
      ]
    // The first two before 6.1.
    let optional = percpu ? [] : ["kmalloc_node", "kmem_cache_alloc_node", "kfree_bulk"]
    return [HookKind.typedTracepoint, .rawTracepoint].map { kind in
      HookPlan(
        kind, names.map { "\(kind.rawValue)_\($0)" },
        optional: optional.map { "\(kind.rawValue)_\($0)" })
    }
  }
}
