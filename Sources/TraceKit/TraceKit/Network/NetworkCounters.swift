import CLinux
import Glibc

/// Counters that the kernel keeps for a network namespace (`/proc/net/netstat`).
public final class NetworkCounters {
  /// Open from the start: it stays that of the namespace, whatever becomes of the process
  /// through which it was found.
  private let descriptor: OwnedDescriptor?
  private let names: [String]
  private var first: [UInt64] = []

  /// - Parameters:
  ///   - names: such as `TcpExtListenDrops`.
  ///   - namespace: the number of the namespace; nil: that of this process. Where no
  ///     process of it can be found, there are no counters.
  public init(_ names: [String], namespace: UInt32?) {
    self.names = names
    descriptor = Self.process(in: namespace).flatMap {
      OwnedDescriptor(open("/proc/\($0)/net/netstat", O_RDONLY | O_CLOEXEC))
    }
    first = read()
  }

  /// By how much each has grown since the start; empty where they cannot be read.
  public func growth() -> [(name: String, count: UInt64)] {
    let now = read()
    guard now.count == names.count, first.count == now.count else { return [] }
    return names.indices.map { (names[$0], now[$0] &- first[$0]) }
  }

  private static func process(in namespace: UInt32?) -> String? {
    guard let namespace, linux_network_namespace("/proc/self/ns/net") != namespace else {
      return "self"
    }
    return File.names(in: "/proc").first {
      $0.first?.isNumber == true && linux_network_namespace("/proc/\($0)/ns/net") == namespace
    }
  }

  private func read() -> [UInt64] {
    guard let descriptor else { return [] }
    var text = [UInt8](repeating: 0, count: 1 << 16)
    let count = pread(descriptor.number, &text, text.count, 0)
    return Self.values(of: names, in: String(decoding: text.prefix(max(count, 0)), as: UTF8.self))
  }

  /// Each two lines are of a group: first the names of its counters, then their values.
  static func values(of names: [String], in text: String) -> [UInt64] {
    var values: [String: UInt64] = [:]
    var heads: [Substring] = []
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard let group = fields.first else { continue }
      if heads.first != group {
        heads = fields
        continue
      }
      for (name, value) in zip(heads, fields).dropFirst() {
        values[String(group.dropLast() + name)] = UInt64(value)
      }
      heads = []
    }
    return names.compactMap { values[$0] }
  }
}
