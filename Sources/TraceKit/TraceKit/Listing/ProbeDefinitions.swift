import BPF

/// Probes that somebody defined in tracefs. They stay until they are removed there, whether
/// or not a process uses them.
struct ProbeDefinitions {
  let kind: AttachedProbe.Kind
  /// As tracefs has them.
  let lines: [String]

  init(kind: AttachedProbe.Kind, lines: [String]) {
    self.kind = kind
    self.lines = lines
  }

  /// Those of the running kernel; none where it has no such probes.
  init(_ kind: AttachedProbe.Kind) {
    let path = KernelFeatures.tracefs.map { "\($0)/\(kind.rawValue)_events" }
    let lines = path.flatMap(File.contents)?.split(separator: "\n").map(String.init)
    self.init(kind: kind, lines: lines ?? [])
  }

  /// How many each process defined; nil: nobody knows who did.
  var counts: [UInt32?: Int] {
    Dictionary(lines.map { (Self.process(of: $0), 1) }, uniquingKeysWith: +)
  }

  /// The process in the name that bcc or libbpf gave a probe, such as
  /// `p:kprobes/p_vfs_read_bcc_4058 vfs_read` and `p:kprobes/libbpf_4058_vfs_read_0x0_1 vfs_read`.
  static func process(of line: String) -> UInt32? {
    let name = line.prefix { $0 != " " }.drop { $0 != "/" }.dropFirst()
    if name.hasPrefix("libbpf_") {
      return UInt32(name.dropFirst("libbpf_".count).prefix { $0 != "_" })
    }
    let parts = name.split(separator: "_", omittingEmptySubsequences: false)
    return parts.dropLast().last == "bcc" ? parts.last.flatMap { UInt32($0) } : nil
  }
}
