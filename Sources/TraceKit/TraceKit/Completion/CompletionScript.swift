/// The completion scripts that the argument parser writes, mended where shells refuse them
/// or offer what the tools have not. Seen with version 1.8.2.
enum CompletionScript {
  /// Whether the command line asks for one.
  static var isAskedFor: Bool {
    CommandLine.arguments.contains { $0.hasPrefix("--generate-completion-script") }
  }

  static func mended(_ script: String) -> String {
    script.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { line in !unwanted.contains { line.hasSuffix($0) } }
      // fish takes a bare question mark for a pattern of file names.
      .map { $0.replacing("\" ? h help'", with: "\" \"?\" h help'") }
      .joined(separator: "\n")
  }

  private static let unwanted = [
    // A script that is read has no interpreter of its own.
    "#!/bin/bash",
    // The subcommand `help`, which a tool without subcommands does not have; zsh
    // refuses a script that takes the rest of the line twice.
    "'(-): :->command'", "'(-)*:: :->arg'",
    "-fa 'help' -d 'Show subcommand help information.'",
    "COMPREPLY+=($(compgen -W 'help' -- \"${cur}\"))",
  ]
}
