/// A disk that is named on a command line: by its name, by the path of its device, or by its number.
public struct DiskArgument: Sendable {
  /// Without the folder.
  public let name: String
  public let number: Disks.Number

  @Sendable public init(_ text: String) throws {
    number = try Disks.find(text)
    name = text.split(separator: "/").last.map(String.init) ?? text
  }
}
