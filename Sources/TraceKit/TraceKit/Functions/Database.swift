public import Wire

/// A kind of database server whose queries can be timed (`lib/queries.bpf.h`).
public enum Database: String, CaseIterable, Sendable, ExpressibleByArgument {
  /// MySQL and MariaDB.
  case mysql
  case postgres

  /// As its USDT probes have it.
  private var provider: String { self == .mysql ? "mysql" : "postgresql" }

  private var begin: String { "\(provider):query__start" }
  private var end: String { "\(provider):query__done" }

  /// The function of MySQL that carries out a command, as compilers write its name, with the
  /// program for its entry: from 5.7 on; before that, and of MariaDB in several versions.
  private static let commands = [
    ("_Z16dispatch_commandP3THDPK8COM_DATA19enum_server_command", "command_begins"),
    ("_Z16dispatch_command19enum_server_commandP3THDPcj", "packet_begins"),
    ("_Z16dispatch_command19enum_server_commandP3THDPcjb", "packet_begins"),
    ("_Z16dispatch_command19enum_server_commandP3THDPcjbb", "packet_begins"),
  ]

  /// What is probed: the function where there is one, since servers have no USDT probes by
  /// default, or those where `probesOnly`.
  private func functions(byFunction: Bool) -> LibraryFunctions {
    let commands = self == .mysql ? Self.commands : []
    return LibraryFunctions(
      Set(commands.map(\.0)), notes: byFunction ? [] : [begin, end],
      programs: Set(commands.map(\.1) + ["query_begins", "query_ends", "command_ends"]),
      arguments: USDTArgumentTable(argument: 0)
    ) { [begin, end] file in
      guard !file.notes.isSuperset(of: [begin, end]) else {
        return [
          .init("query_begins", atNote: begin, readsArgument: true),
          .init("query_ends", atNote: end),
        ]
      }
      return commands.filter { file.names.contains($0.0) }.flatMap { name, program in
        [
          FoundFunctions.Hook(program, at: name),
          FoundFunctions.Hook("command_ends", at: name, atReturn: true),
        ]
      }
    }
  }

  /// The plan that times its queries.
  ///
  /// - Parameter file: its program, whose function is probed instead of USDT probes; nil: all
  ///   programs that are running.
  public func plan<Letters>(
    program file: String?, tool: String, filter: FilterOptions<Letters>, run: RunOptions<Letters>
  ) throws -> HookPlan {
    try HookPlan.libraries(
      functions(byFunction: false),
      and: file.map { [(path: $0, functions: functions(byFunction: true))] } ?? [],
      named: "--exe", searches: file == nil, tool: tool, filter: filter, run: run)
  }
}

extension query_config {
  /// - Parameter least: leaves out what took less, in nanoseconds.
  public init(least: UInt64) {
    self.init()
    least_ns = least
    has_cookies = KernelFeatures.hasCookies ? 1 : 0
  }
}
