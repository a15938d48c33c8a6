import CLibbpf

/// Takes libbpf's words away from standard error, where it writes them by
/// default, and keeps them for errors.
///
/// - Parameter verbose: copies all of them to standard error nevertheless.
public func startLibbpfLog(verbose: Bool) {
  shim_log_start(verbose)
}
