import Glibc
public import Wire

extension page_counts {
  /// The pages that reads wanted.
  public var read: UInt64 { max(asked, brought) }

  /// What is asked of the cache and need not be brought there, is found.
  public var hits: UInt64 { read - brought }

  /// The pages that were dirtied and were in the cache before.
  public var writeHits: UInt64 { dirtied - min(dirtied, written_new) }
}

/// The pages of this machine, or of that where a recording was made.
public enum Pages {
  /// The bytes of one.
  public static var size: UInt64 {
    let recorded = Replay.current?.facts["page_size"].flatMap { UInt64($0) }
    return recorded ?? UInt64(sysconf(Int32(_SC_PAGESIZE)))
  }

  /// One has 2 to the power of this many bytes.
  public static var shift: UInt32 {
    UInt32(size.trailingZeroBitCount)
  }
}
