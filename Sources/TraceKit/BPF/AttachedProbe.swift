import CLibbpf
import Glibc

/// A probe of the kernel or of a file at which a program is called.
public struct AttachedProbe: Hashable, Sendable {
  public enum Kind: String, Sendable {
    case kprobe
    case uprobe
  }

  public let kind: Kind
  public let isAtReturn: Bool
  /// How many functions or places it is at.
  public let count: Int
  /// The function or the place in a file, as `kprobe_events` and `uprobe_events` have them.
  public let place: String

  /// What a perf event of a process is; nil where it is no probe with a program.
  public init?(process: UInt32, descriptor: Int32) {
    self.init(of: process, many: "") { probe, name, size in
      unsafe shim_descriptor_probe(Int32(bitPattern: process), descriptor, probe, name, size)
    }
  }

  /// What a link of a process is for; nil where that is no probe, or the kernel does not tell.
  public init?(process: UInt32, link: UInt32) {
    self.init(of: process, many: "link \(link)") { probe, name, size in
      unsafe shim_link_probe(link, probe, name, size)
    }
  }

  /// The longest path, with its NUL.
  private static let room = 4096

  /// - Parameter many: what has many places.
  private init?(
    of process: UInt32, many: String,
    _ describe: (UnsafeMutablePointer<shim_probe>, UnsafeMutablePointer<CChar>, UInt32) -> Bool
  ) {
    var probe = shim_probe()
    var bytes = [CChar](repeating: 0, count: Self.room)
    let isOne = unsafe bytes.withUnsafeMutableBufferPointer { bytes in
      unsafe describe(&probe, bytes.baseAddress!, UInt32(bytes.count))
    }
    guard isOne else { return nil }
    let name = String(
      decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    kind = probe.of_kernel ? .kprobe : .uprobe
    isAtReturn = probe.at_return
    count = Int(probe.count)
    let offset = String(probe.offset, radix: 16)
    if probe.many {
      place = "\(many): \(probe.count) places"
    } else if !probe.of_kernel {
      place =
        Self.file(name, of: process) + ":0x"
        + String(repeating: "0", count: max(16 - offset.count, 0)) + offset
    } else if name.isEmpty {
      place = "0x" + String(probe.address, radix: 16)
    } else {
      place = probe.offset == 0 ? name : "\(name)+0x\(offset)"
    }
  }

  /// A file as its process named it, which may be by one of its descriptors.
  private static func file(_ name: String, of process: UInt32) -> String {
    let own = "/proc/self/fd/"
    guard name.hasPrefix(own) else { return name }
    let path = "/proc/\(process)/fd/" + name.dropFirst(own.count)
    var bytes = [CChar](repeating: 0, count: room)
    let length = unsafe readlink(path, &bytes, bytes.count)
    let target = String(
      decoding: bytes.prefix(max(length, 0)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    // It may have been closed, and its number be that of another one.
    return target.hasPrefix("/") && !target.hasPrefix("/dev/") ? target : name
  }
}
