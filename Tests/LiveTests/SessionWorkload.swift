import Foundation
import Testing

/// `workload sessions`: the workload is the client, and has a server.
struct SessionWorkload {
  let workload: Workload
  let port: Int
  let server: Int
  let netns: Int
  var client: Int { workload.pid }

  init(_ arguments: [String], environment: [String] = []) throws {
    workload = try Workload(["sessions"] + arguments, environment: environment)
    let known = workload.announcement.split(separator: " ").compactMap { Int($0) }
    try #require(known.count == 3)
    (port, server, netns) = (known[0], known[1], known[2])
  }

  /// Runs it under a tool. In an option `@port`, `@client`, `@server` and `@netns` stand for
  /// those of the run.
  ///
  /// - Returns: the records of the tool, and the port of the client in each session.
  func trace(_ plan: Plan, _ options: [String]) throws -> (rows: [Row], clientPorts: [Int]) {
    let names = [
      "@port": port, "@client": client, "@server": server, "@netns": netns,
    ]
    let run = try plan.run(
      options.map { option in
        names.reduce(option) { $0.replacingOccurrences(of: $1.key, with: "\($1.value)") }
      })
    let outcomes = try workload.run()
    let result = try run.stop()
    #expect(result.end == .exited(0), "\(result.errors)")
    #expect(result.leftInKernel == "")
    #expect(try result.summary()["lost"] == 0)
    // The number of the namespace is another's as soon as the workload has ended.
    let rows = try result.rows().filter { row in
      ["lport", "rport", "sport", "dport"].contains { row[$0] == port }
    }
    return (rows, outcomes.dropLast().map { $0[0] })
  }
}
