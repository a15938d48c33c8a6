import Glibc

/// Names of users by their number, looked up once each.
public final class UserNames {
  nonisolated(unsafe) public static let shared = UserNames()

  private var names: [UInt32: String] = [:]

  /// The name; the number where the system knows none.
  public func name(of uid: UInt32) -> String {
    Lookup.text("user", uid) { systemName(of: uid) } ?? "\(uid)"
  }

  private func systemName(of uid: UInt32) -> String {
    if let known = names[uid] { return known }
    let name = getpwuid(uid).map { String(cString: $0.pointee.pw_name) } ?? "\(uid)"
    names[uid] = name
    return name
  }

  /// The number of a user.
  public static func uid(of name: String) -> UInt32? {
    if let replay = Replay.current { return replay.names.number(of: name, "user") }
    return getpwnam(name)?.pointee.pw_uid
  }
}
