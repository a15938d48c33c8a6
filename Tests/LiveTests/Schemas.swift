import Foundation
import Testing

/// The records that the JSON section of a manual page promises.
struct Schema {
  struct Key {
    /// Names of types as `typesOf` below tells them.
    var types: Set<String>
    var isOptional: Bool
  }

  /// The keys of each record by its type.
  private(set) var records: [String: [String: Key]] = [:]

  init(page: String) throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
    guard
      let text = try? String(contentsOfFile: "\(root)/.build/man/\(page).8", encoding: .utf8)
    else {
      throw LiveError("there is no .build/man/\(page).8: run make man")
    }
    let lines = text.split(separator: "\n").drop { $0 != ".Sh JSON" }.dropFirst()
      .prefix { !$0.hasPrefix(".Sh ") }
    var (depth, lists, record) = (0, 0, "")
    var names: [String] = [], description = ""
    func close(_ schema: inout Schema) {
      for name in names {
        schema.records[record, default: [:]][name] = Self.key(
          description, isSummary: record == "summary", isFurther: lists > 1)
      }
      names = []
      description = ""
    }
    for line in lines {
      if line.hasPrefix(".Bl ") || line == ".El" { close(&self) }
      if line.hasPrefix(".Bl ") {
        depth += 1
        if depth == 2 { lists += 1 }
      } else if line == ".El" {
        depth -= 1
      } else if line.hasPrefix(".It Cm ") {
        close(&self)
        let words = line.dropFirst(7).split(separator: " ").filter { $0 != "," }.map(String.init)
        if depth == 1 {
          (record, lists) = (
            words.filter { !["No", "with", "Fl"].contains($0) }.joined(separator: " -"), 0
          )
        } else {
          names = words
        }
      } else if !line.hasPrefix(".\\\"") {
        description += line + " "
      }
    }
    guard records["summary"] != nil, records.count > 1 else {
      throw LiveError("man/\(page).8 describes no records")
    }
  }

  private static func key(_ text: String, isSummary: Bool, isFurther: Bool) -> Key {
    let kinds = [
      ("The string", "string"), ("String", "string"), ("Integer", "integer"),
      ("Boolean", "boolean"), ("Array of strings", "array of string"),
      ("Array of objects", "array of object"),
    ]
    let isOptional =
      isFurther || [", with", "on request", "where needed"].contains { text.contains($0) }
    let kind = kinds.first { text.hasPrefix($0.0) }?.1 ?? (isSummary ? "integer" : "nothing known")
    // An empty array has no types.
    var types: Set<String> = kind.hasPrefix("array") ? [kind, "array of "] : [kind]
    if text.hasPrefix("Number") { types = ["number", "integer"] }
    if text.contains("or null") || text.contains(".Cm null") { types.insert("null") }
    return Key(types: types, isOptional: isOptional)
  }

  /// Holds records against it.
  ///
  /// - Parameter variant: the option with which rows have other keys.
  /// - Returns: the types of records that there were.
  func expect(_ output: Data, variant: String? = nil) throws -> Set<String> {
    let typesOf = """
      def t: if type == "array" then "array of " + (map(type) | unique | join(","))
        elif type == "number" then (if floor == . then "integer" else "number" end)
        else type end;
      [.type] + (to_entries | map(.key + "=" + (.value | t))) | join(";")
      """
    var found: Set<String> = []
    for line in try Hostile.jq(typesOf, output) {
      let parts = line.split(separator: ";").map(String.init)
      let other = variant.flatMap { records["\(parts[0]) \($0)"] }
      guard let keys = other ?? records[parts[0]] else {
        Issue.record("a record of the type \(parts[0]) is not documented")
        continue
      }
      if !found.insert(parts[0]).inserted, parts[0] == "summary" {
        Issue.record("there are two summaries")
      }
      var there: Set<String> = []
      for part in parts.dropFirst() {
        let pair = part.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
        there.insert(pair[0])
        #expect(keys[pair[0]]?.types.contains(pair[1]) == true, "\(parts[0]): \(part)")
      }
      let missing = keys.filter { !$0.value.isOptional && !there.contains($0.key) }
      #expect(missing.isEmpty, "\(parts[0]) lacks \(missing.keys)")
    }
    return found
  }
}

extension Live {
  /// The records of JSON are those that the manual promises.
  @Suite struct Schemas {
    private func expect(
      _ tool: String, _ options: [String], _ record: String, _ workload: Workload,
      filter: String = "-p", variant: String? = nil
    ) throws {
      let schema = try Schema(page: tool)
      for more in [[], ["--stats"]] {
        #expect(schema.records[record] != nil)
        let run = try TracedRun(tool, ["--json", filter, "\(workload.pid)"] + options + more)
        if more.isEmpty {
          let found = try schema.expect(run.stop().output, variant: variant)
          #expect(found.isSubset(of: [record, "summary"]))
          continue
        }
        try workload.run()
        #expect(
          try schema.expect(run.stop().output, variant: variant) == [record, "summary"])
      }
    }

    private static let identity = ["--columns", "+ppid,+mntns,+user,+cgroup"]

    @Test("opensnoop, with a path of every byte")
    func opens() throws {
      let path = Hostile.argument(Array("/no/such/".utf8) + Hostile.everyByte)
      let workload = try Workload("opens", "23", "openat", path, "0", "0")
      try expect("opensnoop", Self.identity, "open", workload)
    }

    @Test("execsnoop, with an argument of every byte")
    func execs() throws {
      let workload = try Workload(
        "execs", "23", "execve", Executable.path("workload"), "nothing",
        Hostile.argument(Hostile.everyByte))
      try expect(
        "execsnoop", ["--columns", "+mntns,+user,+cgroup"], "exec", workload, filter: "-P")
    }

    @Test("tcpconnect -c")
    func connects() throws {
      try expect(
        "tcpconnect", ["-c"], "connect", try Workload("connects", "23", "4"), variant: "-c")
    }

    @Test("tcpretrans -c")
    func retransmissions() throws {
      try expect(
        "tcpretrans", ["-c"], "retransmission",
        try Workload("sessions", "--deaf", "23", "4", "0", "0"), filter: "--pid", variant: "-c")
    }

    @Test("biolatency with keys")
    func blocks() throws {
      let disk = try LoopDisk()
      let workload = try Workload("blocks", "1009", "read", disk.path)
      try expect("biolatency", ["-DF"], "histogram", workload, filter: "--pid")
    }

    @Test("funclatency with keys")
    func functions() throws {
      let workload = try Workload("lookups", "23")
      try expect("funclatency", ["-F", "c:getaddrinfo"], "histogram", workload)
    }

    @Test("gethostlatency, with names of nothing and of every byte")
    func lookups() throws {
      for host in ["", Hostile.argument(Hostile.everyByte)] {
        let workload = try Workload("lookups", "23", "getaddrinfo", host)
        try expect("gethostlatency", Self.identity, "lookup", workload)
      }
    }

    @Test("syscount by process and with latencies")
    func calls() throws {
      for options in [["-L"], ["-Lm"]] {
        try expect("syscount", options, "syscall", try Workload("calls", "23"))
      }
      try expect("syscount", ["-P"], "process", try Workload("calls", "23"))
    }

    @Test("runqlat by process")
    func waits() throws {
      try expect("runqlat", ["-P"], "histogram", try Workload("waits", "23", "20"))
    }

    @Test("profile with addresses")
    func burns() throws {
      try expect(
        "profile", ["--columns", "+user_addresses,+kernel_addresses"], "stack",
        try Workload("burns", "997"))
    }

    @Test("offcputime with wakers")
    func naps() throws {
      try expect("offcputime", ["--wakers"], "stack", try Workload("naps", "23", "20"))
    }
  }
}
