import Foundation
import Testing

extension Live {
  /// shmsnoop shows the calls of a process on shared memory, all of them and no others.
  @Suite struct SharedMemory {
    static let plans = Plan.offered("shmsnoop")
    static let calls = ["shmget", "shmat", "shmdt", "shmctl"]

    private struct Trace {
      let rows: [Row]
      /// What each call returned.
      let results: [Int]
      let segment, buffer: Int
    }

    private func trace(
      _ plan: Plan, options: [String] = ["-p", "@"], _ calls: [String]
    ) throws -> Trace {
      let workload = try Workload(["segments", "23"] + calls)
      let said = workload.announcement.split(separator: " ").compactMap { Int($0) }
      let (rows, outcomes) = try plan.rows(of: workload, options)
      #expect(rows.allSatisfy { $0["pid"] == workload.pid && $0["comm"] == "workload" })
      return Trace(rows: rows, results: outcomes.map { $0[0] }, segment: said[1], buffer: said[2])
    }

    private static func hexadecimal(_ number: Int) -> String { "0x" + String(number, radix: 16) }

    @Test("23 of each call are shown with their arguments and results", arguments: plans)
    func each(_ plan: Plan) throws {
      let trace = try trace(plan, Self.calls)
      let rows = trace.rows
      #expect(rows.map { $0["call"] } == Self.calls.flatMap { Array(repeating: $0, count: 23) })
      #expect(rows.map { $0["ret"] } == trace.results)
      #expect(rows.allSatisfy { $0["err"] == 0 })
      guard rows.count == 92 else { return }
      let id = Self.hexadecimal(trace.segment)
      for row in rows[..<23] {
        #expect(row["key"] == 0x7802_0001 && row["size"] == 8192 && row["ret"] == trace.segment)
        #expect(row["shmflg"] == "IPC_CREAT|0640" && row.values["shmid"] is NSNull)
        #expect(row["args"] == "key: 0x78020001, size: 8192, shmflg: 0x3a0 (IPC_CREAT|0640)")
      }
      for row in rows[23..<46] {
        #expect(row["shmid"] == trace.segment && row["shmaddr"] == 0)
        #expect(row["shmflg"] == "SHM_RDONLY" && row.values["key"] is NSNull)
        #expect(row["args"] == "shmid: \(id), shmaddr: 0x0, shmflg: 0x1000 (SHM_RDONLY)")
      }
      for (row, address) in zip(rows[46..<69], trace.results[23...]) {
        #expect(row["shmaddr"] == address && row.values["shmflg"] is NSNull)
        #expect(row["args"] == "shmaddr: \(Self.hexadecimal(address))")
      }
      for row in rows[69...] {
        #expect(row["shmid"] == trace.segment && row["cmd"] == "IPC_STAT")
        #expect(row["buf"] == trace.buffer)
        let buffer = Self.hexadecimal(trace.buffer)
        #expect(row["args"] == "shmid: \(id), cmd: 2 (IPC_STAT), buf: \(buffer)")
      }
    }

    @Test(
      "a call that fails is shown with its errno", arguments: plans,
      [
        ("shmget", ENOENT, "key: 0x78020002, size: 8192, shmflg: 0x0 (0000)"),
        (
          "shmat", EINVAL, "shmid: 0xffffffff, shmaddr: 0x123000, shmflg: 0xa000 (SHM_RND|SHM_EXEC)"
        ),
        ("shmdt", EINVAL, "shmaddr: 0x123000"),
        ("shmctl", EINVAL, "cmd: 99, buf: 0xffffffffffffffff"),
      ])
    func failures(_ plan: Plan, _ expected: (call: String, error: Int32, arguments: String)) throws
    {
      let trace = try trace(plan, [expected.call + "-missing"])
      #expect(trace.rows.count == 23 && trace.results.count == 23)
      #expect(trace.results.allSatisfy { $0 == -Int(expected.error) })
      for row in trace.rows {
        let arguments: String? = row["args"]
        #expect(row["call"] == expected.call && row["ret"] == -1)
        #expect(row["err"] == Int(expected.error))
        #expect(arguments?.hasSuffix(expected.arguments) == true, "\(row.values)")
      }
    }

    @Test("other tasks are kept out", arguments: plans)
    func filters(_ plan: Plan) throws {
      for options in [["-n", "orkl", "-p", "@"], ["-t", "@"]] {
        #expect(try trace(plan, options: options, ["shmget"]).rows.count == 23, "\(options)")
      }
      for options in [
        ["--comm", "work"], ["-p", "1"], ["-t", "1"], ["--uid", "65533", "-p", "@"],
      ] {
        #expect(try trace(plan, options: options, ["shmget"]).rows.isEmpty, "\(options)")
      }
    }

    @Test("the table has the columns of bcc, and says how a call failed")
    func table() throws {
      for (options, expected) in [
        ([], ["PID", "COMM", "SYS", "RET", "ARGs"]),
        (["-T"], ["TIME(s)", "PID", "COMM", "SYS", "RET", "ARGs"]),
      ] {
        let workload = try Workload("segments", "23", "shmget-missing", "shmget")
        let segment = workload.announcement.split(separator: " ").compactMap { Int($0) }[1]
        let run = try TracedRun("shmsnoop", options + ["-p", "\(workload.pid)"])
        try workload.run()
        let lines = try run.stop().lines
        #expect(lines.first?.split(separator: " ").map(String.init) == expected)
        #expect(lines.count == 47)
        #expect(
          lines.dropFirst().prefix(23).allSatisfy { $0.contains(" SHMGET      -ENOENT key: ") })
        let last = lines.last?.split(separator: " ") ?? []
        #expect(last.firstIndex(of: "key:").map { last[$0 - 1] } == "\(String(segment, radix: 16))")
      }
    }
  }
}
