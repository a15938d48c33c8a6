import Foundation

/// The executables under test: of the folder that TOOLS names, otherwise of the
/// build that this test bundle belongs to.
enum Executable {
  private static let directory: URL = {
    if let folder = ProcessInfo.processInfo.environment["TOOLS"] {
      return URL(fileURLWithPath: folder)
    }
    let bundle = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(fileURLWithPath: bundle ?? CommandLine.arguments[0]).deletingLastPathComponent()
  }()

  static func path(_ name: String) -> String {
    directory.appendingPathComponent(name).path
  }
}

/// How much longer than on a real machine something may take: kernels other
/// than this one run by emulation.
enum Patience {
  static let isEmulated = ProcessInfo.processInfo.environment["KERNEL_TEST"] != nil
  static let factor: Double = isEmulated ? 20 : 1
  /// For what must happen and has no time of its own.
  static let seconds: Double = isEmulated ? 240 : 60
}

/// What a test could not find out, told like a failed expectation.
struct LiveError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}

/// Waits until something is so.
func waitFor(
  _ what: String, seconds: Double = Patience.seconds, until condition: () throws -> Bool
) throws {
  let end = ContinuousClock.now + .seconds(seconds)
  while try !condition() {
    if ContinuousClock.now > end { throw LiveError("waited in vain for \(what)") }
    usleep(2000)
  }
}
