/// What went wrong between a program and the kernel.
///
/// It says what was being done and to what, why the kernel refused, and where
/// that is known what would cure it.
public struct BPFError: Error, Sendable, CustomStringConvertible {
  /// What was being done.
  public enum Operation: String, Sendable {
    case open = "open object"
    case configure = "set variable"
    case load = "load program"
    case attach = "attach program"
    case iterate = "run iterator"
    case pin = "pin program"
    case findProgram = "find program"
    case findMap = "find map"
    case openMap = "open the pinned map"
    case createMap = "create map"
    case readMap = "read map"
    case writeMap = "write map"
    case readTypes = "read kernel types"
  }

  public let operation: Operation
  /// The object, program, map or variable that it was done to.
  public let subject: String
  /// The kernel's side of it, such as `fexit/do_sys_openat2`, where there is one.
  public let target: String?
  public let errno: ErrorNumber?
  /// The useful end of what the verifier or libbpf said.
  public let explanation: String?
  /// What the errno means here, where it does not say so by itself.
  public let meaning: String?
  public let cure: Cure?

  public init(
    _ operation: Operation, _ subject: String, target: String? = nil,
    errno: ErrorNumber? = nil, explanation: String? = nil, meaning: String? = nil,
    cure: Cure? = nil
  ) {
    self.operation = operation
    self.subject = subject
    self.target = target
    self.errno = errno
    self.explanation = explanation
    self.meaning = meaning
    self.cure = cure
  }

  /// One sentence without the verifier's lines.
  public var summary: String { cure.map { "\(reason); \($0)" } ?? reason }

  /// The same without the cure.
  public var reason: String {
    var text = "cannot \(operation.rawValue) \(subject)"
    if let target { text += " (\(target))" }
    if let errno { text += ": \(errno)" }
    if errno == nil, let explanation { text += ": \(explanation)" }
    if let meaning { text += "; \(meaning)" }
    return text
  }

  public var description: String {
    guard errno != nil, let explanation else { return summary }
    return summary + "\n" + explanation
  }
}
