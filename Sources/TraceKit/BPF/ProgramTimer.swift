import CLibbpf
import Glibc

/// Makes the kernel measure how long programs run, as long as this lives.
///
/// All programs of the machine are measured, each run at the cost of two
/// readings of a clock, so it is made only where someone asks for the times.
public final class ProgramTimer {
  /// -1 if the administrator has enabled it anyway.
  private let descriptor: Int32

  /// Nil if it is off and this process may not enable it, which needs
  /// CAP_SYS_ADMIN, or where the kernel is older than 5.8.
  public init?() {
    descriptor = bpf_enable_stats(BPF_STATS_RUN_TIME)
    if descriptor < 0, !Self.isOnForAll { return nil }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  private static var isOnForAll: Bool {
    File.contents(of: "/proc/sys/kernel/bpf_stats_enabled")?.hasPrefix("1") ?? false
  }
}
