/// The names of soft interrupts by their vectors, which are the same in all kernels.
public enum SoftirqNames {
  private static let names = [
    "hi", "timer", "net_tx", "net_rx", "block", "irq_poll", "tasklet", "sched", "hrtimer", "rcu",
  ]

  /// The name of a vector; its number where it has none.
  public static func name(of vector: UInt32) -> String {
    vector < names.count ? names[Int(vector)] : String(vector)
  }
}
