import CLibbpf
import Glibc

/// An attached program. It is detached when the link is released.
@safe public final class Link {
  public let program: String
  /// The program, and the tracepoint where that is not in its section.
  public let hook: String
  /// libbpf's own, or the descriptor of one that libbpf does not know.
  private enum Handle {
    case libbpf(OpaquePointer)
    case descriptor(Int32)
  }

  /// Nil once it is detached.
  private var handle: Handle?
  private let object: LoadedObject

  init(adopting pointer: OpaquePointer, of object: LoadedObject, program: String, hook: String) {
    unsafe handle = .libbpf(pointer)
    self.object = object
    self.program = program
    self.hook = hook
  }

  init(descriptor: Int32, of object: LoadedObject, program: String, hook: String) {
    handle = .descriptor(descriptor)
    self.object = object
    self.program = program
    self.hook = hook
  }

  deinit {
    switch handle {
    case .libbpf(let pointer): unsafe bpf_link__destroy(pointer)
    case .descriptor(let descriptor): close(descriptor)
    case nil: break
    }
  }

  /// What the kernel knows it by.
  var descriptor: Int32 {
    switch handle {
    case .libbpf(let pointer): unsafe bpf_link__fd(pointer)
    case .descriptor(let descriptor): descriptor
    case nil: -1
    }
  }

  /// Whether it can be pinned: before 5.15 a perf event with a program is no link
  /// (b89fbfbb854c "bpf: Implement minimal BPF perf link").
  var canBePinned: Bool {
    var info = bpf_link_info()
    var size = UInt32(MemoryLayout<bpf_link_info>.size)
    return unsafe bpf_obj_get_info_by_fd(descriptor, &info, &size) == 0
  }

  /// Leaves the program attached by what else holds the link. Its descriptor stays open: closed
  /// by libbpf, a perf event would be disabled.
  func leaveAttached() {
    if case .libbpf(let pointer) = handle { unsafe bpf_link__disconnect(pointer) }
    handle = nil
  }

  /// Detaches some at once: for each probe in a file the kernel waits until nobody runs its
  /// program any more, which takes seconds for many, one after the other.
  public static func detach(_ links: [Link]) {
    var handles: [shim_link] = []
    for link in links {
      switch link.handle {
      case .libbpf(let pointer):
        unsafe handles.append(shim_link(link: pointer, descriptor: -1))
      case .descriptor(let descriptor):
        unsafe handles.append(shim_link(link: nil, descriptor: descriptor))
      case nil: break
      }
      link.handle = nil
    }
    unsafe shim_destroy_links(handles, handles.count)
  }
}

/// The links of a plan, which are detached together.
final class Links {
  private(set) var all: [Link] = []
  /// Of those that were detached.
  private var formerMisses: UInt64 = 0
  /// Where programs are attached or, in a trial, would be; each once.
  private(set) var hooks: [String] = []

  deinit { detach() }

  func add(_ links: [Link]) {
    all += links
    // A program that samples has a link for each CPU.
    for link in links where link.hook != hooks.last { hooks.append(link.hook) }
  }

  /// Whether a hook need not be tried: its program is attached to a classic tracepoint already,
  /// and there is the other one. To detach each takes the kernel some 30 ms, one after the other.
  func spare(_ hook: String) -> Bool {
    let parts = hook.split(separator: "@", maxSplits: 1)
    guard parts.count == 2, all.contains(where: { $0.program == parts[0] }),
      TracepointFormat.exists(String(parts[1]))
    else { return false }
    hooks.append(hook)
    return true
  }

  /// What their probes skipped, those that were detached too.
  var misses: UInt64 { all.reduce(formerMisses) { $0 + $1.misses } }

  func detach() {
    formerMisses = misses
    Link.detach(all)
    forget()
  }

  /// Has the programs stay attached by what else holds the links.
  func leaveAttached() {
    for link in all { link.leaveAttached() }
    forget()
  }

  private func forget() {
    all.removeAll()
    hooks.removeAll()
  }
}
