/// Names of disks by their number. Each is looked up once a second at most, since a
/// disk has many requests and its number may become another's.
public final class DiskNames {
  nonisolated(unsafe) public static let shared = DiskNames()

  private var names: [Disks.Number: (name: String, until: UInt64)] = [:]

  private static let lifetime: UInt64 = 1_000_000_000

  /// The name; the number where there is no such disk.
  public func name(of number: Disks.Number) -> String {
    Lookup.text("disk", number.device) { systemName(of: number) } ?? number.text
  }

  private func systemName(of number: Disks.Number) -> String {
    let now = EventClock.now
    if let known = names[number], now < known.until { return known.name }
    let name = Disks.name(of: number)
    names[number] = (name, now + Self.lifetime)
    return name
  }
}
