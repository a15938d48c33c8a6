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

  /// What an errno means of which the kernel has several uses.
  func meaning(of errno: ErrorNumber, log: String) -> String? {
    if Self.isLockedMemory(errno, log: log) { return nil }
    if errno == .notPermitted, Capabilities.effective.canTrace, !isMap,
      log.contains("BPF program load failed")
    {
      return "this kernel refuses programs of that kind"
    }
    if errno == .noSuchProcess, log.contains("failed to prepare load attributes") {
      return "this kernel has no function or tracepoint of that name"
    }
    if Self.isLockdown(errno, log: log) {
      return "the kernel is locked down (confidentiality) and keeps its memory from programs"
    }
    return nil
  }

  /// Lockdown removes the helpers that read kernel memory (LOCKDOWN_BPF_READ_KERNEL).
  private static func isLockdown(_ errno: ErrorNumber, log: String) -> Bool {
    errno == .invalidArgument
      && (log.contains("helper bpf_probe_read") || log.contains("unknown func bpf_probe_read"))
  }

  /// Where locked memory is counted, what is beyond the limit is not permitted. libbpf
  /// leaves out the map of a kind of which it cannot even make the smallest.
  private static func isLockedMemory(_ errno: ErrorNumber, log: String) -> Bool {
    guard
      errno == .notPermitted
        || errno == .invalidArgument && log.contains("is referenced but wasn't created")
    else { return false }
    return KernelFeatures.countsLockedMemory == true && KernelFeatures.lockedMemoryLimit != nil
  }

  func cure(for errno: ErrorNumber, log: String) -> Cure? {
    if errno == .notPermitted || errno == .accessDenied, !Capabilities.effective.canTrace {
      return .capabilities
    }
    if Self.isLockedMemory(errno, log: log) { return .lockedMemory }
    if errno == .notPermitted, meaning(of: errno, log: log) != nil { return .refusedKind }
    if !KernelFeatures.hasTypes, log.contains("BTF") { return .missingTypes }
    if Self.isLockdown(errno, log: log) { return .lockdown }
    return errno == .outOfMemory ? .memory : nil
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
