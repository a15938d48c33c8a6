import BPF

/// Which processes hold BPF programs, maps, links and probes now.
final class BPFHolders {
  /// An object of a process.
  struct Object: Hashable {
    let kind: KernelObject.Kind
    let id: UInt32
  }

  /// A process and what it has open.
  final class Holder {
    let pid: UInt32
    /// Its name; empty until it is known that it holds something.
    fileprivate(set) var comm = ""
    /// How many descriptors of each kind it has.
    fileprivate(set) var descriptors: [String: Int] = [:]
    /// How many of each object.
    fileprivate(set) var objects: [Object: Int] = [:]
    /// Which probes, where each is as often as it is attached.
    var probes: [AttachedProbe: Int] { ofEvents.merging(ofLinks) { max($0, $1) } }
    var orderedProbes: [(key: AttachedProbe, value: Int)] {
      probes.sorted { left, right in
        (left.key.place, left.key.isAtReturn ? 1 : 0)
          < (right.key.place, right.key.isAtReturn ? 1 : 0)
      }
    }
    /// A process that has a link may have the perf event below it too.
    fileprivate var ofEvents: [AttachedProbe: Int] = [:]
    fileprivate var ofLinks: [AttachedProbe: Int] = [:]

    fileprivate init(_ pid: UInt32) { self.pid = pid }
  }

  /// In the order of their numbers.
  private(set) var holders: [Holder] = []
  /// How many processes this user may not look into.
  private(set) var refused = 0
  /// The processes that have more descriptors than are read.
  private(set) var cut: [UInt32] = []
  private let withObjects: Bool
  private let withProbes: Bool

  init(withObjects: Bool, withProbes: Bool) {
    self.withObjects = withObjects
    self.withProbes = withProbes
  }

  /// Looks into a process, which may end meanwhile.
  @discardableResult
  func read(_ pid: UInt32) -> AnonymousFiles.Outcome {
    let holder = Holder(pid)
    let outcome = AnonymousFiles.forEach(of: pid) { count($0, of: holder) }
    switch outcome {
    case .refused: refused += 1
    case .cut: cut.append(pid)
    case .read, .ended: break
    }
    guard !holder.descriptors.isEmpty || !holder.ofEvents.isEmpty else { return outcome }
    // What has ended since holds nothing.
    guard let comm = Self.comm(of: pid) else { return .ended }
    holder.comm = comm
    holders.append(holder)
    return outcome
  }

  static func comm(of pid: UInt32) -> String? {
    guard let text = File.contents(of: "/proc/\(pid)/comm") else { return nil }
    return text.hasSuffix("\n") ? String(text.dropLast()) : text
  }

  private func count(_ descriptor: AnonymousFiles.Descriptor, of holder: Holder) {
    if descriptor.name == "[perf_event]" {
      guard withProbes else { return }
      if let probe = AttachedProbe(process: descriptor.task, descriptor: descriptor.number) {
        holder.ofEvents[probe, default: 0] += 1
      }
      return
    }
    guard let name = Self.kind(of: descriptor.name) else { return }
    holder.descriptors[name, default: 0] += 1
    guard withObjects || withProbes, let kind = KernelObject.Kind(rawValue: name) else { return }
    guard let id = descriptor.number("\(name)_id") else { return }
    holder.objects[Object(kind: kind, id: id), default: 0] += 1
    if withProbes, kind == .link, let probe = AttachedProbe(process: descriptor.task, link: id) {
      holder.ofLinks[probe, default: 0] += 1
    }
  }

  /// What the kernel's name of a descriptor says it is; nil where it is none of BPF.
  static func kind(of name: String) -> String? {
    switch name {
    case "bpf_link": "link"
    case "bpf_iter": "iter"
    default: name.hasPrefix("bpf-") ? String(name.dropFirst("bpf-".count)) : nil
    }
  }
}
