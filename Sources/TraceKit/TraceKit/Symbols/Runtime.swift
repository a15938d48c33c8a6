/// A language runtime that tells the names of its functions when it is asked to.
struct Runtime: Sendable {
  let name: String
  /// What makes it tell.
  let advice: String
  /// Files of which its processes have one mapped, without their versions.
  private let files: [String]
  /// The function that runs others which have no frame of their own.
  private let interpreter: String?

  private static let known = [
    Runtime(
      name: "Java", advice: "run jcmd PID Compiler.perfmap (JDK 17 and newer)",
      files: ["libjvm.so"], interpreter: nil),
    Runtime(
      name: ".NET", advice: "start it with DOTNET_PerfMapEnabled=1", files: ["libcoreclr.so"],
      interpreter: nil),
    Runtime(
      name: "Node", advice: "start it with --perf-basic-prof", files: ["node", "libnode.so"],
      interpreter: nil),
    Runtime(
      name: "Python", advice: "start it with -X perf (3.12 and newer)",
      files: ["libpython3", "python3"], interpreter: "_PyEval_EvalFrameDefault"),
    Runtime(
      name: "Ruby", advice: "start it with --yjit-perf (3.3 and newer)",
      files: ["libruby", "ruby"], interpreter: "rb_vm_exec"),
  ]

  /// That of a process which has mapped these files; nil where none is known.
  static func find(mapping files: some Sequence<Substring>) -> Runtime? {
    for file in files {
      let found = known.first { $0.files.contains { Self.isVersion(file, of: $0) } }
      if let found { return found }
    }
    return nil
  }

  /// Whether a file's name is that of a program or library with or without its version.
  private static func isVersion(_ file: Substring, of name: String) -> Bool {
    file.hasPrefix(name)
      && file.dropFirst(name.count).allSatisfy { $0.isNumber || ".-so".contains($0) }
  }

  /// Whether the name of a frame, nil where it has none, stands for functions that it
  /// could name.
  func hides(_ name: String?) -> Bool { name == nil || name == interpreter }
}
