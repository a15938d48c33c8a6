import CLibbpf
import CLinux
import Glibc

/// How often a CPU is interrupted to look at what it does, and by what.
public struct Sampling: Sendable {
  /// An event that is counted: linux/perf_event.h has the numbers.
  public struct Source: Hashable, Sendable {
    public let name: String
    let type: UInt32
    let event: UInt64

    public init(_ name: String, type: UInt32, event: UInt64) {
      self.name = name
      self.type = type
      self.event = event
    }

    /// The processor's own counter. It stands still while the CPU is idle, and on
    /// most machines its interrupt comes where others are held off too.
    public static let cycles = Source(hardware: "cpu-cycles", 0)
    /// A timer of the kernel, which every machine has.
    public static let clock = Source(software: "cpu-clock", 0)

    /// An event that the kernel has a number for, whatever the processor's is.
    public init(hardware name: String, _ event: UInt64) { self.init(name, type: 0, event: event) }

    /// An event that the kernel itself counts.
    public init(software name: String, _ event: UInt64) { self.init(name, type: 1, event: event) }
  }

  public enum Rate: Sendable {
    /// Samples a second on each CPU.
    case frequency(UInt64)
    /// Events, or nanoseconds of the clock, between two samples.
    case period(UInt64)
  }

  public let source: Source
  public let rate: Rate
  /// The only CPU that is sampled; nil: all.
  public let cpu: Int32?

  public init(_ source: Source, _ rate: Rate, cpu: Int32? = nil) {
    self.source = source
    self.rate = rate
    self.cpu = cpu
  }

  /// The CPUs that are online now.
  public static var onlineCPUs: [Int32] {
    let text = File.contents(of: "/sys/devices/system/cpu/online") ?? "0"
    return text.split(whereSeparator: { $0 == "," || $0.isNewline }).flatMap { range in
      let ends = range.split(separator: "-").compactMap { Int32($0) }
      guard let first = ends.first, let last = ends.last, first <= last else { return [Int32]() }
      return Array(first...last)
    }
  }
}

extension LoadedObject {
  /// Attaches a program to a sampler of each CPU.
  public func attach(_ program: String, sampling: Sampling) throws(BPFError) -> [Link] {
    let found = try unsafe find(program: program)
    var links: [Link] = []
    for cpu in sampling.cpu.map({ [$0] }) ?? Sampling.onlineCPUs {
      let (byFrequency, value) =
        switch sampling.rate {
        case .frequency(let frequency): (true, frequency)
        case .period(let period): (false, period)
        }
      let descriptor = linux_open_sampler(
        cpu, sampling.source.type, sampling.source.event, byFrequency, value)
      // One that went offline meanwhile has nothing to sample.
      if descriptor < 0, ErrorNumber.current.rawValue == ENODEV, sampling.cpu == nil { continue }
      VerifierLog.reset()
      let link = unsafe descriptor < 0 ? nil : bpf_program__attach_perf_event(found, descriptor)
      guard let link = unsafe link else {
        let errno = ErrorNumber.current
        if descriptor >= 0 { close(descriptor) }
        throw BPFError(
          .attach, program, target: sampling.source.name, errno: errno,
          meaning: Self.meaning(of: errno, sampling),
          cure: errno == .accessDenied ? .closedEvents : nil)
      }
      unsafe links.append(
        Link(
          adopting: link, of: self, program: program,
          hook: "\(program)@\(sampling.source.name)"))
    }
    return links
  }

  private static func meaning(of errno: ErrorNumber, _ sampling: Sampling) -> String? {
    switch (errno, sampling.rate) {
    case (.noSuchEntry, _), (.notSupported, _): "this machine has no such counter"
    case (.invalidArgument, .frequency):
      "the most that the kernel takes is kernel.perf_event_max_sample_rate"
    default: nil
    }
  }
}
