import TraceKit

/// A disk that is named on a command line: by its name, by the path of its device, or by its number.
struct DiskArgument: Sendable {
  /// Without the folder.
  let name: String
  let number: Disks.Number

  @Sendable init(_ text: String) throws {
    number = try Disks.find(text)
    name = text.split(separator: "/").last.map(String.init) ?? text
  }
}
