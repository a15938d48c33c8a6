import Testing
import TraceKit

/// Callers of a function of the kernel that nobody else calls, more at a time than a probe has
/// room for.
enum FIFOReaders {
  /// `fifo_open` is called by 53 readers, which wait inside it for a writer, and by that.
  static let function = "fifo_open"
  static let calls = 54
  /// Whether the kernel counts what a probe misses. The iterator came with the same version, 6.7.
  static let areCounted =
    KernelFeatures.kprobes == .yes && KernelSymbols.has("bpf_iter_task_new")

  static func run() throws {
    let folder = try Scratch()
    let all = try Subprocess([
      "/bin/sh", "-c",
      """
      mkfifo "$0/fifo" && for i in $(seq 53); do cat "$0/fifo" & all="$all $!"; done
      for pid in $all; do
        until grep -qE 'wait_for_partner|fifo_open' "/proc/$pid/wchan"; do sleep 0.1; done
      done
      : > "$0/fifo" && wait
      """, folder.path,
    ])
    #expect(try all.wait() == .exited(0))
  }
}
