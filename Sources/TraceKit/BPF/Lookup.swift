/// Answers that the machine gives in addition to its events: names of users, of disks, of the
/// kernel's numbers.
///
/// A recording keeps those that its events need, and a replay gets them from there and never from
/// the machine that it happens to run on.
public enum Lookup {
  /// What answers in place of the machine, or listens to it; nil: the machine answers.
  ///
  /// All of a tool runs in one thread.
  nonisolated(unsafe) public static var desk: (any LookupDesk)?

  /// Whether nothing is to be asked of this machine.
  public static var isReplay: Bool { unsafe desk?.isReplay ?? false }

  /// Some bytes; nil where there is no answer.
  ///
  /// - Parameters:
  ///   - service: what is asked.
  ///   - key: of which this is asked.
  ///   - machine: the answer of this machine.
  public static func bytes(
    _ service: StaticString, _ key: @autoclosure () -> [UInt8], _ machine: () -> [UInt8]?
  ) -> [UInt8]? {
    guard let desk = unsafe desk else { return machine() }
    return unsafe key().withUnsafeBytes { unsafe desk.answer(service, $0, machine) }
  }

  /// A text; nil where there is no answer.
  public static func text<Key: BitwiseCopyable>(
    _ service: StaticString, _ key: Key, _ machine: () -> String?
  ) -> String? {
    guard let desk = unsafe desk else { return machine() }
    let answer = unsafe withUnsafeBytes(of: key) { key in
      unsafe desk.answer(service, key) { machine().map { Array($0.utf8) } }
    }
    return answer.map { String(decoding: $0, as: UTF8.self) }
  }

  /// The bytes of a key without padding.
  public static func encode<Key: BitwiseCopyable>(_ key: Key) -> [UInt8] {
    unsafe withUnsafeBytes(of: key) { unsafe Array($0) }
  }
}

/// Records answers, or has recorded ones.
public protocol LookupDesk: AnyObject {
  /// Whether it never asks the machine.
  var isReplay: Bool { get }
  /// The answer to a question.
  ///
  /// - Parameter machine: the answer of this machine.
  func answer(
    _ service: StaticString, _ key: UnsafeRawBufferPointer, _ machine: () -> [UInt8]?
  ) -> [UInt8]?
}
