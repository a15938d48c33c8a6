/// The memory of the ring buffers that a tool's events come by.
public struct RingRoom: Equatable, Sendable {
  /// Of all together, a power of two.
  public let bytes: Int
  /// How many there are, a power of two. A CPU writes to the one of its number modulo this.
  public let count: Int

  /// As many as the programs know (`lib/events.bpf.h`).
  public static let mostCount = 8

  /// - Parameters:
  ///   - bytes: a power of two, of at least a page for each.
  ///   - count: a power of two.
  public init(bytes: Int, count: Int = 1) {
    self.bytes = bytes
    self.count = count
  }

  /// Of each.
  public var bytesEach: Int { bytes / count }
}
