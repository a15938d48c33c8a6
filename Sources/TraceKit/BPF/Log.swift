import CLibbpf

/// Keeps libbpf's messages from standard error, where it writes them by
/// default, and stores them for errors.
///
/// - Parameter verbose: copies all of them to standard error nevertheless.
public func startLibbpfLog(verbose: Bool) {
  shim_log_start(verbose)
}
