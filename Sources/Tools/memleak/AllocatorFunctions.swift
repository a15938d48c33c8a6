import TraceKit

/// The functions of allocators, and the programs of `memleak.bpf.h` for them.
extension Allocators {
  /// What allocates, and the program at the begin of each. Those of C++ come after those of C,
  /// which they often are under another name.
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

  /// Where they allocate and free.
  ///
  /// - Parameter prefix: what their names begin with, before those of C and C++.
  func probes(prefix: String) -> [Probe] {
    var programs: [String: (name: String, returns: Bool)] = [:]
    for (name, program) in Self.allocating { programs[prefix + name] = (program, true) }
    for (name, program) in Self.freeing { programs[prefix + name] = (program, false) }
    let names = (Self.allocating.map(\.key) + Self.freeing.map(\.key)).map { prefix + $0 }
    return probes(at: names) { function, place, label in
      guard let program = programs[function] else { return [] }
      // A call is open from its begin on, which therefore must not be seen before its end is.
      return (program.returns ? [Probe("end", place, label: label, atReturn: true)] : [])
        + [Probe(program.name, place, label: label)]
    }
  }
}
