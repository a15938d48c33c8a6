import CSystem
import Glibc

/// What /proc tells of a tracer.
struct Process {
  let pid: pid_t

  private func descriptors() -> [(name: String, target: String)] {
    names(in: "/proc/\(pid)/fd").compactMap { name in
      target(ofLink: "/proc/\(pid)/fd/\(name)").map { (name, $0) }
    }
  }

  /// The descriptors by which it is attached: its BPF links, or where it has
  /// none its perf events. Perf buffers are perf events too, and come later than
  /// what is attached.
  func attachments() -> Set<String> {
    let all = descriptors()
    let links = all.filter { $0.target.hasPrefix("anon_inode:bpf") && $0.target.hasSuffix("link") }
    let events = all.filter { $0.target.contains("perf_event") }
    return Set((links.isEmpty ? events : links).map { $0.name + $0.target })
  }

  /// The ids of its BPF programs.
  func programs() -> [UInt32] {
    let ids = names(in: "/proc/\(pid)/fdinfo").flatMap { name in
      (contents("/proc/\(pid)/fdinfo/\(name)") ?? "").split(separator: "\n")
        .filter { $0.hasPrefix("prog_id:") }
        .compactMap { UInt32($0.dropFirst(8).drop { $0 == "\t" || $0 == " " }) }
    }
    return Array(Set(ids))
  }

  /// Resident memory in bytes.
  var resident: Int {
    number(after: "VmRSS:") * 1024
  }

  /// The part of it that is buffers which the kernel shares with it, in bytes. A
  /// ring buffer's data are mapped twice, and count twice.
  var shared: Int {
    var isBuffer = false
    var total = 0
    for line in (contents("/proc/\(pid)/smaps") ?? "").split(separator: "\n") {
      if line.hasPrefix("Rss:") {
        total += isBuffer ? Int(line.split(separator: " ")[1]) ?? 0 : 0
      } else if line.first.map({ !$0.isUppercase }) == true {
        isBuffer = line.contains("anon_inode:bpf-map") || line.contains("anon_inode:[perf_event]")
      }
    }
    return total * 1024
  }

  /// The process that traces this one by ptrace, or 0.
  var tracer: Int { number(after: "TracerPid:") }

  private func number(after name: String) -> Int {
    for line in (contents("/proc/\(pid)/status") ?? "").split(separator: "\n")
    where line.hasPrefix(name) {
      return Int(line.split { $0 == "\t" || $0 == " " }[1]) ?? 0
    }
    return 0
  }

  /// Its CPU time so far.
  var time: CPUTime {
    guard let text = contents("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else {
      return CPUTime()
    }
    let fields = text[end...].split(separator: " ")
    let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
    return CPUTime(
      user: (Double(fields[12]) ?? 0) / ticks, system: (Double(fields[13]) ?? 0) / ticks)
  }
}

/// Nanoseconds that these programs ran.
func runTime(of programs: [UInt32]) -> Int64 {
  programs.reduce(0) { $0 + max(0, bench_program_time($1)) }
}

/// Turns the kernel's account of BPF run time on or off.
func setStatistics(_ on: Bool) throws(Failure) {
  try write(on ? "1\n" : "0\n", to: "/proc/sys/kernel/bpf_stats_enabled")
}
