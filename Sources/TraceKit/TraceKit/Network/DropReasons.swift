/// Why the kernel drops packets, by the names of the running kernel: the numbers change with
/// almost every release.
public final class DropReasons: @unchecked Sendable {
  /// All of a tool runs in one thread.
  private let kernel: KernelEnumeration
  private lazy var modules = KernelEnumeration(ofModules: "drop_reason")

  /// - Parameter typesFile: a BTF file in place of the kernel's own.
  public init(typesFile: String? = nil) {
    kernel = KernelEnumeration(
      ["skb_drop_reason", "mac80211_drop_reason", "ovs_drop_reason"], file: typesFile)
  }

  /// The name of a reason without its prefix, such as `NO_SOCKET`; nil where the kernel gives
  /// none or has no name for it.
  public func name(of reason: UInt32) -> String? {
    guard reason > 0 else { return nil }
    let value = Int64(reason)
    // Those of a module have its number in their upper half (include/net/dropreason.h).
    let name = kernel.name(of: value) ?? (reason >> 16 > 0 ? modules.name(of: value) : nil)
    return name.map(Self.plain)
  }

  /// A name without its prefix.
  private static func plain(_ name: String) -> String {
    for prefix in ["SKB_DROP_REASON_", "SKB_"] where name.hasPrefix(prefix) {
      return String(name.dropFirst(prefix.count))
    }
    return name
  }

  /// The number of a reason, with or without its prefix, or given as a number.
  ///
  /// - Throws: where the running kernel has no such reason.
  public func number(of text: String) throws -> UInt32 {
    if let number = UInt32(text), number > 0 { return number }
    let name = Self.plain(text.uppercased())
    for reasons in [kernel, modules] {
      if let value = reasons.value(where: { Self.plain($0) == name }) {
        return UInt32(truncatingIfNeeded: value)
      }
    }
    throw Parse.Reason(description: "this kernel has no such drop reason")
  }

  /// The names of the kernel's own reasons.
  public var names: [String] { kernel.names.map(Self.plain).sorted() }

  /// Whether the running kernel has reasons; nil where its own types do not show it.
  private static let known: Bool? =
    KernelFeatures.hasTypes ? !KernelEnumeration(["skb_drop_reason"]).isEmpty : nil

  /// Why the tracepoint of dropped packets cannot be used; nil where it can be tried.
  public static var obstacle: Obstacle? {
    known == false
      ? "the kernel has no drop reasons, without which drops cannot be distinguished" : nil
  }

  /// Why the function that dropped packets before there were reasons cannot be used; nil
  /// where it can be tried.
  public static var functionObstacle: Obstacle? {
    known == true ? "the kernel has drop reasons, and a tracepoint for all drops" : nil
  }
}
