/// What a tool looks up on the machine when it is first asked for, and keeps.
///
/// All of a tool runs in one thread.
public final class LookedUp<Value>: @unchecked Sendable {
  /// Nil: nobody asked for it.
  public private(set) var known: Value?

  public init() {}

  /// What `find` found the first time.
  public func value(_ find: () throws -> Value) rethrows -> Value {
    if let known { return known }
    let found = try find()
    known = found
    return found
  }
}
