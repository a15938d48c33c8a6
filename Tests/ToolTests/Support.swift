import Foundation
import Testing

/// What stops a test before it has begun.
struct Missing: Error, CustomStringConvertible {
  let description: String
}

/// The folders of the repository.
enum Repository {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  /// Every executable that there is, so that none is forgotten.
  static let executables: [String] = {
    let names =
      (try? FileManager.default.contentsOfDirectory(atPath: root + "/Sources/Tools")) ?? []
    return names.filter { !$0.contains(".") }.sorted()
  }()

  /// Where they are built: into the folder of the test bundle.
  static let built = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().path

  /// What a tool must be told to trace at all.
  static func needed(by tool: String) -> [String] { lines("needs", of: tool).first ?? [] }

  /// What Tests/ToolTests/Tools has about a tool: the words of its lines of one kind, which are
  /// `needs`, `columns` (what it takes to have any), `functions` (it traces those of the kernel
  /// only) and `refuses` (an error names all words).
  static func lines(_ kind: String, of tool: String) -> [[String]] {
    let path = "\(root)/Tests/ToolTests/Tools/\(tool).txt"
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      .filter { $0.first == kind }.map { Array($0.dropFirst()) }
  }

  /// Those that trace: they have programs of their own.
  static let tools = executables.filter { name in
    FileManager.default.fileExists(atPath: "\(root)/bpf/\(name).bpf.c")
  }
}

/// What a process left.
struct Finished {
  let status: Int32
  let output: String
  let errors: String

  /// The lines of standard error, each of which must be ended.
  var errorLines: [Substring] {
    #expect(errors.isEmpty || errors.hasSuffix("\n"))
    return errors.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
  }
}

/// Runs a built tool to its end. One that does not end by itself is killed, and
/// the status is then 137.
///
/// - Parameters:
///   - folder: where it lies.
///   - prefix: a command that runs another, such as setpriv.
func run(
  _ tool: String, _ arguments: [String], from folder: String = Repository.built,
  through prefix: [String] = []
) throws -> Finished {
  let path = "\(folder)/\(tool)"
  guard FileManager.default.isExecutableFile(atPath: path) else {
    throw Missing(description: "there is no \(path): run swift build")
  }
  let name = NSTemporaryDirectory() + "tool-\(UUID().uuidString)"
  let files = [name + ".out", name + ".err"]
  defer { files.forEach { try? FileManager.default.removeItem(atPath: $0) } }
  let handles = try files.map { file in
    _ = FileManager.default.createFile(atPath: file, contents: nil)
    return try #require(FileHandle(forWritingAtPath: file))
  }
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/timeout")
  process.arguments = ["-s", "KILL", "20"] + prefix + [path] + arguments
  process.standardInput = FileHandle.nullDevice
  process.standardOutput = handles[0]
  process.standardError = handles[1]
  try process.run()
  process.waitUntilExit()
  let texts = try files.map { try String(contentsOfFile: $0, encoding: .utf8) }
  return Finished(status: process.terminationStatus, output: texts[0], errors: texts[1])
}
