extension HookPlan {
  /// What is asked of the page cache, brought into it and dirtied there, by the programs of
  /// `lib/page_cache_functions.bpf.h` and `lib/page_cache.bpf.h`.
  public static func pageCache() -> [HookPlan] {
    let dirty = "writeback_dirty_folio|writeback_dirty_page"
    let functions = [
      "filemap_add_folio_exit|add_to_page_cache_lru_exit", "filemap_fault_exit", dirty,
      "block_touch_buffer",
    ]
    return [
      HookPlan(
        .fentry, ["filemap_read_exit", "filemap_map_pages_exit"] + functions,
        optional: ["filemap_splice_read_exit"]),
      // Before 5.12, where filemap_map_pages does not say what came of it.
      HookPlan(.fentry, ["generic_file_buffered_read_exit"] + functions),
      HookPlan(
        .typedTracepoint,
        [
          "mm_filemap_get_pages", "mm_filemap_add_to_page_cache", "mm_page_alloc", dirty,
          "mm_filemap_fault", "mm_filemap_map_pages", "block_touch_buffer",
        ]),
    ]
  }
}
