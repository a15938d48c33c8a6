/// The short letters that a tool gives to the options which all tools have.
///
/// The long names are the same everywhere; the letters are those that each tool
/// had in libbpf-tools, and there one letter has many meanings.
public protocol OptionLetters {
  static var pid: Character? { get }
  static var tid: Character? { get }
  static var uid: Character? { get }
  static var name: Character? { get }
  static var comm: Character? { get }
  static var cgroup: Character? { get }
  static var cgroupMap: Character? { get }
  static var mountNamespaceMap: Character? { get }
  static var duration: Character? { get }
  static var json: Character? { get }
  static var bufferSize: Character? { get }
  static var maxEvents: Character? { get }
  static var `extension`: Character? { get }
  static var verbose: Character? { get }
  static var interval: Character? { get }
}

extension OptionLetters {
  public static var pid: Character? { nil }
  public static var tid: Character? { nil }
  public static var uid: Character? { nil }
  public static var name: Character? { nil }
  public static var comm: Character? { nil }
  public static var cgroup: Character? { nil }
  public static var cgroupMap: Character? { nil }
  public static var mountNamespaceMap: Character? { nil }
  public static var duration: Character? { nil }
  public static var json: Character? { nil }
  public static var bufferSize: Character? { nil }
  public static var maxEvents: Character? { nil }
  public static var `extension`: Character? { nil }
  public static var verbose: Character? { "v" }
  public static var interval: Character? { nil }
}

/// The spellings of an option: its letter where it has one, and its name.
func spelled(_ letter: Character?, _ name: String) -> NameSpecification {
  if let letter { [.customShort(letter), .customLong(name)] } else { [.customLong(name)] }
}
