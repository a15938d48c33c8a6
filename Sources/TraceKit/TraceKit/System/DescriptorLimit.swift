import Glibc

/// How many files this process may have open. The usual limit is for programs that use
/// select(2).
enum DescriptorLimit {
  /// To what the system permits.
  static func raise() {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(resource, &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(resource, &limit)
  }
}
