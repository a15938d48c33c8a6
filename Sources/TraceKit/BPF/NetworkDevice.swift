import CLibbpf
import CLinux
import Glibc

/// A network device, by its name in a network namespace.
public struct NetworkDevice: Hashable, Sendable {
  /// Where a program sees its packets.
  public enum Hook: Sendable {
    /// What it receives, before the kernel does anything with it (XDP).
    case arrival
    /// What it receives and sends, beside the programs of tc (TCX, from 6.6).
    case ingress, egress
  }

  public let name: String
  /// The file of the namespace; nil: that of this process.
  public let namespace: String?

  public init(_ name: String, namespace: String? = nil) {
    self.name = name
    self.namespace = namespace
  }

  /// Its number; nil where there is none of that name.
  public var number: UInt32? {
    let number = try? inside { unsafe if_nametoindex(name) }
    return number == 0 ? nil : number
  }

  /// How many bytes of a packet are before the header of its protocol: those of Ethernet,
  /// or none.
  public var linkSize: UInt32 { (try? inside { unsafe linux_link_size(name) }) ?? 0 }

  /// Does something in its network namespace, with this thread.
  private func inside<Result>(_ body: () -> Result) throws(ErrorNumber) -> Result {
    guard let namespace else { return body() }
    let own = unsafe open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
    guard own >= 0 else { throw .current }
    defer { close(own) }
    let other = unsafe open(namespace, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard other >= 0 else { throw .current }
    defer { close(other) }
    guard linux_enter_network(other) == 0 else { throw .current }
    let result = body()
    guard linux_enter_network(own) == 0 else { throw .current }
    return result
  }

  /// Attaches a program by a link: it is detached when that is closed.
  ///
  /// - Returns: the descriptor of the link.
  func attach(_ program: OpaquePointer, at hook: Hook) throws(ErrorNumber) -> Int32 {
    let result: Int32 = try inside {
      let number = Int32(unsafe if_nametoindex(name))
      guard number > 0 else { return -ErrorNumber.current.rawValue }
      var options = unsafe bpf_link_create_opts()
      unsafe options.sz = MemoryLayout<bpf_link_create_opts>.size
      // Before the programs that are there, which may drop what comes.
      if hook != .arrival { unsafe options.flags = 1 << 3 }
      return unsafe bpf_link_create(
        bpf_program__fd(program), number, hook.attachType, &options)
    }
    guard result >= 0 else { throw ErrorNumber(rawValue: -result) }
    return result
  }
}

extension NetworkDevice.Hook {
  /// linux/bpf.h; the headers of libbpf 1.1 have no TCX yet.
  fileprivate var attachType: bpf_attach_type {
    switch self {
    case .arrival: BPF_XDP
    case .ingress: bpf_attach_type(46)
    case .egress: bpf_attach_type(47)
    }
  }

  /// What a person reads of it.
  var label: String {
    switch self {
    case .arrival: "xdp"
    case .ingress: "tcx/ingress"
    case .egress: "tcx/egress"
    }
  }
}
