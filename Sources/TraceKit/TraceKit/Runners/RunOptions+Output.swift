import Glibc

extension RunOptions {
  /// Where the data goes.
  func openOutput() throws -> Output {
    try output.map(Output.file) ?? Output()
  }

  /// Whether a line at the start tells a person what happens.
  var tellsStart: Bool { isatty(STDERR_FILENO) == 1 }
}
