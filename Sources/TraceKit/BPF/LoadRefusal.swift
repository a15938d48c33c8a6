import Glibc

/// Which part of an object the kernel refused, read from libbpf's words: its
/// interface returns only an errno for the whole object.
struct LoadRefusal {
  let subject: String
  let isMap: Bool

  init(log: String, object: String) {
    for line in log.split(separator: "\n") {
      if let name = Self.quoted(after: "prog '", in: line) {
        (subject, isMap) = (name, false)
        return
      }
      if line.contains("create"), let name = Self.quoted(after: "map '", in: line) {
        (subject, isMap) = (name, true)
        return
      }
    }
    (subject, isMap) = (object, false)
  }

  private static func quoted(after prefix: String, in line: Substring) -> String? {
    guard let start = line.range(of: prefix)?.upperBound else { return nil }
    guard let end = line[start...].firstIndex(of: "'") else { return nil }
    return String(line[start..<end])
  }

  static func cure(for errno: ErrorNumber, log: String) -> String? {
    if errno == .notPermitted || errno == .accessDenied, Capabilities.effective.canTrace == false {
      return "run it as root, or with CAP_BPF and CAP_PERFMON"
    }
    if errno == .notPermitted, lacksLockedMemory { return cureForLockedMemory }
    if errno == .notPermitted, log.contains("BPF program load failed") {
      return "this kernel refuses programs of that kind"
    }
    if errno == .noSuchProcess, log.contains("failed to prepare load attributes") {
      return "this kernel has no function or tracepoint of that name"
    }
    if !KernelFeatures.hasTypes, log.contains("BTF") {
      return KernelFeatures.cureForMissingTypes
    }
    // Lockdown takes the helpers away that read kernel memory (LOCKDOWN_BPF_READ_KERNEL).
    if errno == .invalidArgument,
      log.contains("helper bpf_probe_read")
        || log.contains("unknown func bpf_probe_read")
    {
      return "the kernel is locked down (confidentiality) and keeps its memory from programs: "
        + "boot it without lockdown=confidentiality"
    }
    if errno == .outOfMemory {
      return "raise the locked memory limit (ulimit -l) or the memory of the cgroup"
    }
    return nil
  }

  private static let cureForLockedMemory =
    "this kernel counts maps and programs as locked memory: raise its limit (ulimit -l unlimited)"

  private static var lacksLockedMemory: Bool {
    var limit = rlimit()
    let resource = __rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue)
    guard unsafe getrlimit(resource, &limit) == 0 else { return false }
    // RLIM_INFINITY, which Swift does not import.
    return limit.rlim_cur != rlim_t.max && KernelFeatures.countsLockedMemory
  }
}

extension Substring {
  fileprivate func range(of text: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) {
        return start..<index(start, offsetBy: text.count)
      }
      start = index(after: start)
    }
    return nil
  }
}
