import Glibc

/// A tool of one of the collections, with its arguments.
struct Tracer {
  /// How it is seen that it is attached, and what of it can be measured.
  enum Kind {
    case programs
    case ptrace
    case events
  }

  let name: String
  /// Options of the tool.
  var options: [String] = []
  let kind: Kind
  /// Which part of the operations it is given: the slow ones get fewer.
  var share = 1.0
  /// Its name in a table.
  var title: String { ([name] + options).joined(separator: " ") }
  /// The most rounds that it takes part in; those without a bar do in fewer.
  var rounds: Int {
    options.isEmpty && [Self.ours, Self.peer, Self.floor].contains(name) ? .max : 3
  }
  /// Standard output is a file, whatever the command says.
  let command: @Sendable ([pid_t]) -> [String]

  static let ours = "ours"
  static let peer = "libbpf-tools"
  static let floor = "floor"
}

extension Tracer {
  /// - Parameter given: arguments that each run has, in which `@pid` is the first process of
  ///   the storm, or this one.
  private static func named(_ given: [String], _ processes: [pid_t]) -> [String] {
    given.map { $0 == "@pid" ? "\(processes.first ?? getpid())" : $0 }
  }

  /// - Parameter given: arguments that each run has.
  static func ours(
    _ tool: String, _ options: [String] = [], given: [String] = [], place: Place
  ) -> Tracer {
    let path = place.build + "/" + tool
    return Tracer(name: ours, options: options, kind: .programs) { processes in
      [path] + named(given, processes) + options
    }
  }

  /// - Parameter given: arguments that each run has.
  static func libbpf(
    _ tool: String, _ options: [String] = [], given: [String] = [], place: Place
  ) -> Tracer? {
    place.find(tool, in: ["/usr/sbin"]).map { path in
      Tracer(name: peer, options: options, kind: .programs) { processes in
        [path] + named(given, processes) + options
      }
    }
  }

  static func floor(_ floor: Floor?, place: Place) -> Tracer? {
    guard let folder = place.floors, let floor else { return nil }
    // It lies beside this program.
    let program =
      CommandLine.arguments[0].split(separator: "/", omittingEmptySubsequences: false)
      .dropLast().joined(separator: "/") + "/floor"
    return Tracer(name: Self.floor, kind: .programs) { _ in
      [program, "\(folder)/\(floor.object).bpf.o"] + floor.programs
    }
  }

  static func bpftrace(_ tool: String, place: Place) -> Tracer? {
    let script = "/usr/sbin/\(tool).bt"
    guard access(script, R_OK) == 0 else { return nil }
    return place.find("bpftrace").map { path in
      Tracer(name: "bpftrace", kind: .programs) { _ in [path, script] }
    }
  }

  static func bcc(_ tool: String, place: Place) -> Tracer? {
    place.find(tool + "-bpfcc").map { path in
      Tracer(name: "bcc", kind: .programs) { _ in [path] }
    }
  }

  static func strace(_ systemCall: String, place: Place) -> Tracer? {
    place.find("strace").map { path in
      Tracer(name: "strace", kind: .ptrace, share: 0.05) { processes in
        [path, "-f", "-e", "trace=\(systemCall)", "-o", place.scratch + "/strace.out"]
          + processes.flatMap { ["-p", "\($0)"] }
      }
    }
  }

  static func perf(_ systemCall: String, place: Place) -> Tracer? {
    place.find("perf").map { path in
      Tracer(name: "perf trace", kind: .events, share: 0.2) { processes in
        [
          path, "trace", "-e", systemCall, "-o", place.scratch + "/perf.out", "-p",
          processes.map { "\($0)" }.joined(separator: ","),
        ]
      }
    }
  }
}
