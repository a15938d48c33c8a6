extension HookPlan {
  /// Lookups in the dentry cache, by the programs of `lib/dcache.bpf.h`. No tracepoint has
  /// them.
  public static var dentryLookups: HookPlan {
    HookPlan(.fentry, ["lookup_fast_exit", "d_alloc_parallel_exit"])
  }
}
