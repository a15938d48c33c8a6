import Foundation
import Testing
import TraceKit

extension Live {
  /// argdist counts values of a workload: 23 calls with the size 16, 7 with 32.
  @Suite(.enabled(if: KernelFeatures.uprobes == .yes)) struct ValueCounts {
    /// - Parameter options: @ stands for the workload's file.
    private func count(
      _ options: [String], _ arguments: [String] = ["sizes", "30"], json: Bool = true
    ) throws -> RunResult {
      let workload = try Workload(arguments)
      let run = try TracedRun(
        "argdist",
        (json ? ["--json"] : []) + ["-i", "1000", "-p", "\(workload.pid)"]
          + options.map { $0.replacing("@", with: Executable.path("workload")) })
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      return result
    }

    /// How often each event was counted.
    private func events(_ specifier: String, _ options: [String] = []) throws -> [String: Int] {
      let rows = try count(["-C", specifier] + options).rows()
      return Dictionary(uniqueKeysWithValues: rows.map { ($0["event"] ?? "", $0["count"] ?? 0) })
    }

    private static let sized = "p:@:sized_function(size_t size, char *name)"

    @Test("the sizes 16 and 32 as often as they were passed")
    func sizes() throws {
      #expect(try events("\(Self.sized):size_t:size") == ["size = 16": 23, "size = 32": 7])
      #expect(
        try events("\(Self.sized):size_t,char*:size,name")
          == ["size = 16, name = small": 23, "size = 32, name = large": 7])
      #expect(try events("\(Self.sized):size_t:size:size==16") == ["size = 16": 23])
      #expect(
        try events("\(Self.sized):u8:size%10:STRCMP(\"large\",name)") == ["size%10 = 2": 7])
      #expect(try events("p:@:sized_function") == ["total calls": 30])
    }

    @Test("what is returned, with values of the begin of the call and its latency")
    func returns() throws {
      #expect(
        try events("r:@:sized_function():int:$retval") == ["$retval = -4": 23, "$retval = 12": 7])
      #expect(
        try events("r:@:sized_function(size_t size):size_t,int:$entry(size),$retval:$retval>0")
          == ["$entry(size) = 16, $retval = -4": 23, "$entry(size) = 32, $retval = 12": 7])
      let slow = "r:@:sized_function(size_t size):size_t:$entry(size):$latency>2000000"
      #expect(try events(slow)["$entry(size) = 32"] == 7)
      let nested = try events("r:@:nested_function(int depth):int:$entry(depth)")
      #expect(
        nested
          == [
            "$entry(depth) = 0": 1, "$entry(depth) = 1": 1, "$entry(depth) = 2": 1,
            "$entry(depth) = 3": 1,
          ])
    }

    @Test("histograms, several specifiers at once, and labels")
    func histograms() throws {
      let rows = try count([
        "-H", "\(Self.sized):size_t:size#sizes", "r:@:sized_function():u64:$latency#times", "-C",
        "\(Self.sized):char*:name#names",
      ]).rows()
      func total(_ label: String, from least: Int = 0) -> Int {
        rows.filter { $0["label"] == label && $0["from"] ?? 0 >= least }
          .reduce(0) { $0 + ($1["count"] ?? 0) }
      }
      #expect(total("sizes", from: 16) == 30 && total("sizes", from: 32) == 7)
      #expect(total("times") == 30 && total("times", from: 1 << 20) >= 7)
      #expect(total("names") == 30)
    }

    @Test("USDT probes and tracepoints")
    func others() throws {
      let rows = try count(["-C", "u:@:fake:twice():int:arg2"], ["probes", "23"]).rows()
      #expect(rows.map { $0["event"] } == ["arg2 = 23"])
      #expect(rows.map { $0["count"] } == [46])
      let calls = try count(
        ["-C", "t:syscalls:sys_enter_openat():char*,int:args->filename,args->dfd"],
        ["opens", "23", "openat", "/etc/hostname", "0", "0"]
      ).rows()
      #expect(
        calls.first { $0["event"] == "args->filename = /etc/hostname, args->dfd = -100" }?["count"]
          == 23)
    }

    @Test("-T leaves the rarest out, and the table looks as bcc's")
    func table() throws {
      #expect(try events("\(Self.sized):size_t:size", ["-T", "1"]) == ["size = 16": 23])
      let lines = try count(
        ["-C", "\(Self.sized):size_t:size#sizes", "-H", "\(Self.sized):size_t:size"], json: false
      ).lines
      #expect(
        lines.dropFirst().prefix(4) == [
          "sizes", "  COUNT      EVENT", "  7          size = 32", "  23         size = 16",
        ])
      #expect(lines.contains { $0.hasPrefix("     size                : count     distribution") })
      #expect(
        lines.contains { $0.hasPrefix("        16 -> 31         : 23       |****") }, "\(lines)")
    }

    @Test("with -c the counts go on, without it they begin anew")
    func cumulative() throws {
      for (options, sum) in [(["-c"], true), ([], false)] {
        let workload = try Workload("sizes", "30")
        let run = try TracedRun(
          "argdist",
          ["--json", "-i", "0.1", "-p", "\(workload.pid)", "-C"]
            + ["\(Self.sized):size_t:size".replacing("@", with: Executable.path("workload"))]
            + options)
        try workload.run()
        try waitFor("two summaries after it") {
          let rows = try run.rowsSoFar()
          return sum ? rows.filter { $0["count"] == 23 }.count > 2 : !rows.isEmpty
        }
        let result = try run.stop()
        #expect(try result.summary()["seen"] == 30 && result.summary()["lost"] == 0)
        guard !sum else { continue }
        #expect(try result.rows().reduce(0) { $0 + ($1["count"] ?? 0) } == 30)
      }
    }
  }
}
