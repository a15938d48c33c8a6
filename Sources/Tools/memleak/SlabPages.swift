import TraceKit

/// Pages of the kernel's slab allocator.
enum SlabPages {
  /// Functions by which it allocates them.
  private static let functions: Set<String> = [
    "alloc_slab_page", "allocate_slab", "new_slab", "cache_grow_begin", "kmem_getpages",
    "kmalloc_order", "kmalloc_large", "kmalloc_large_node", "__kmalloc_large_node",
    "___kmalloc_large_node",
  ]

  /// Whether a kernel stack allocates pages out of which objects are allocated.
  static func areAllocated(by frames: [Frame]) -> Bool {
    guard let first = frames.first?.name, first.contains("alloc"), first.contains("pages") else {
      return false
    }
    return frames.prefix(8).contains { functions.contains($0.name) }
  }
}
