import Foundation
import Testing
import TraceKit

extension Live {
  /// memleak reports what a workload allocates and does not free, to the byte.
  @Suite struct MemoryLeaks {
    private static let user = Plan.offered("memleak")
    private static let kernel = Plan.offered("memleak", "--kernel", "-z", "1024", "-Z", "1024")
    private static let number = 23
    private static let leaking = "leak_here"

    /// Runs a workload. In an option `@` stands for its process, PROGRAM for its file.
    private func trace(
      _ plan: Plan, _ arguments: [String] = ["23"], _ options: [String] = ["-p", "@", "-o", "0"],
      environment: [String] = []
    ) throws -> (rows: [Row], summary: Row, errors: String) {
      let workload = try Workload(["leaks"] + arguments, environment: environment)
      let result = try plan.trace(
        workload, options, naming: ["PROGRAM": Executable.path("workload"), "@": "\(workload.pid)"])
      let (rows, summary) = (try result.rows(), try result.summary())
      let pid = workload.pid
      for row in rows where options.contains("@") && plan.hooks == "uprobe" {
        #expect(row["pid"] == pid)
      }
      #expect(summary["seen"] == (summary["shown"] ?? 0) + (summary["filtered"] ?? 0))
      return (rows, summary, result.errors)
    }

    /// The bytes and the number of the allocations whose stack has this function.
    private func sum(_ rows: [Row], _ function: String? = leaking) -> [Int] {
      rows.filter { function.map($0.texts("stack").contains) ?? true }
        .reduce([0, 0]) { [$0[0] + ($1["bytes"] ?? 0), $0[1] + ($1["allocations"] ?? 0)] }
    }

    @Test(
      "23 blocks of 1000 bytes are outstanding, by their stack, and nothing else", arguments: user)
    func exact(_ plan: Plan) throws {
      let (rows, summary, _) = try trace(plan)
      #expect(rows.count == 1)
      let row = try #require(rows.first)
      #expect(row["bytes"] == 23000 && row["allocations"] == 23)
      #expect(row["comm"] == "workload")
      #expect(row.texts("stack").first == Self.leaking, "\(row.texts("stack"))")
      #expect(row.number("oldest_ms") >= 0)
      #expect(summary["map_full"] == 0 && summary["lost"] == 0)
    }

    @Test(
      "each function of an allocator counts once, with its size and its caller", arguments: user,
      [
        "calloc", "realloc", "reallocarray", "posix_memalign", "aligned_alloc", "memalign",
        "valloc", "pvalloc", "mmap",
      ])
    func functions(_ plan: Plan, _ function: String) throws {
      let page = Int(sysconf(Int32(_SC_PAGESIZE)))
      let size = ["mmap": page, "aligned_alloc": 1024][function] ?? 1000
      let (rows, _, _) = try trace(
        plan, ["23", function, function == "aligned_alloc" ? "1024" : "1000"])
      #expect(rows.count == 1)
      #expect(sum(rows) == [23 * size, 23], "\(rows.map(\.values))")
      #expect(rows.first?.texts("stack").first == Self.leaking)
    }

    @Test("a library without frame pointers that allocates has its callers", arguments: user)
    func library(_ plan: Plan) throws {
      let (rows, _, _) = try trace(plan, ["23", "strdup"])
      #expect(rows.count == 1)
      #expect(sum(rows) == [23000, 23], "\(rows.map(\.values))")
      let stack = try #require(rows.first).texts("stack")
      #expect(stack.first?.hasSuffix("strdup") == true, "\(stack)")
      #expect(stack.dropFirst().first == Self.leaking, "\(stack)")
      #expect(stack.contains("main") && stack.last == "_start", "\(stack)")
    }

    @Test("a call that fails changes nothing", arguments: user)
    func failures(_ plan: Plan) throws {
      let (rows, _, _) = try trace(plan, ["23", "failing"])
      #expect(rows.count == 1)
      #expect(sum(rows) == [23000, 23])
    }

    @Test("an allocator that is built on another counts once, whichever is meant", arguments: user)
    func wrapped(_ plan: Plan) throws {
      let own = ["-p", "@", "-o", "0", "-O", "PROGRAM", "-S", "wrapped_"]
      let inner = try trace(plan, ["23", "wrapped"]).rows
      #expect(sum(inner) == [23 * 1016, 23])
      #expect(sum(try trace(plan, ["23", "wrapped"], own).rows) == [23000, 23])
      #expect(try trace(plan, ["23"], own).rows.isEmpty)
    }

    @Test("what is unmapped of a mapping, or moved, is not outstanding", arguments: user)
    func mappings(_ plan: Plan) throws {
      let page = Int(sysconf(Int32(_SC_PAGESIZE)))
      // Of 23 times 16 pages: one each, of 12 another one, and of 8 one in the midst.
      let parts = try trace(plan, ["23", "parts"]).rows
      #expect(sum(parts) == [(23 * 15 - 12 - 8) * page, 23], "\(parts.map(\.values))")
      let moved = try trace(plan, ["23", "mremap"]).rows
      #expect(sum(moved, "move_here") == [23 * 8 * page, 23], "\(moved.map(\.values))")
      #expect(moved.count == 1)
    }

    @Test("one in 23 is recorded, and stands for all", arguments: user)
    func samples(_ plan: Plan) throws {
      // On one CPU, which counts for itself.
      let (rows, _, _) = try trace(plan, ["2300"], ["-p", "@", "-o", "0", "-s", "23", "-a"])
      #expect(rows.count == 1)
      let row = try #require(rows.first)
      let (count, blocks): (Int, Int) = (row["allocations"] ?? 0, row.texts("allocs").count)
      #expect(count == 23 * blocks && row["bytes"] == 1000 * count)
      // Each CPU can begin in the midst, and others are freed in between.
      #expect(abs(blocks - 100) <= 2 + KernelFeatures.possibleCPUs, "\(blocks)")
    }

    @Test("sums per stack are the same", arguments: user)
    func sums(_ plan: Plan) throws {
      for kind in ["malloc", "calloc", "failing", "posix_memalign"] {
        let (rows, _, _) = try trace(plan, ["23", kind], ["-p", "@", "-C"])
        #expect(sum(rows) == [23000, 23] && rows.count == 1, "\(kind)")
        #expect(rows.allSatisfy { $0.values["oldest_ms"] is NSNull })
      }
    }

    @Test("filters and limits let their own through, and keep others out", arguments: user)
    func filters(_ plan: Plan) throws {
      let own = ["-p", "@", "-o", "0"]
      let cases: [([String], Bool)] = [
        (["-z", "1000"], true), (["-z", "1001"], false), (["-Z", "1000"], true),
        (["-Z", "999"], false), (["--comm", "workload"], true), (["--comm", "other"], false),
        (["--tid", "1"], false), (["--uid", "65533"], false), (["-O", "c", "-F"], true),
      ]
      for (options, isShown) in cases {
        let rows = try trace(plan, ["23"], own + options).rows
        #expect(sum(rows) == (isShown ? [23000, 23] : [0, 0]), "\(options)")
      }
      let other = try Workload("leaks", "0")
      #expect(try trace(plan, ["23"], ["-p", "\(other.pid)", "-o", "0"]).rows.isEmpty)
    }

    @Test("an allocator is traced in all processes, as long as they live", arguments: user)
    func everywhere(_ plan: Plan) throws {
      let first = try Workload("leaks", "23", "held"), second = try Workload("leaks", "23", "held")
      let run = try plan.run([
        "-O", Executable.path("workload"), "-S", "wrapped_", "-o", "0", "-T", "1000", "0.1",
      ])
      func rows(_ workload: Workload) throws -> [Row] {
        try run.rowsSoFar().filter { $0["pid"] == workload.pid }
      }
      first.go()
      try waitFor("the allocations of the first") { try !rows(first).isEmpty }
      first.kill()
      _ = try? first.finish()
      second.go()
      try waitFor("the allocations of the second") { try !rows(second).isEmpty }
      second.kill()
      let row = try #require(try rows(second).last)
      #expect(sum([row]) == [23000, 23])
      let time: String? = row["time"]
      #expect(!(try rows(first)).contains { $0["time"] == time })
      #expect(try run.stop().end == .exited(0))
    }

    @Test("allocations are left out until they are old enough", arguments: user)
    func ages(_ plan: Plan) throws {
      #expect(try trace(plan, ["23"], ["-p", "@", "-o", "3600000"]).rows.isEmpty)
      let workload = try Workload("leaks", "23")
      let run = try plan.run(["-p", "\(workload.pid)", "-o", "300", "0.05"])
      try workload.run()
      try waitFor("old allocations") { try !run.rowsSoFar().isEmpty }
      let rows = try run.stop().rows()
      #expect(rows.allSatisfy { $0.number("oldest_ms") >= 300 && $0["bytes"] == 23000 })
    }

    @Test("a command is traced from its first allocation to its end", arguments: user)
    func commands(_ plan: Plan) throws {
      let script = "echo go | exec \(Executable.path("workload")) leaks 23 >/dev/null"
      let process = try TracedRun.startOrEnd(
        "memleak", ["--json", "-T", "1000", "--", "sh", "-c", script], plan: plan.hooks)
      #expect(try process.wait() == .exited(0))
      let result = RunResult(
        end: .exited(0), output: process.output.data, errors: "", leftInKernel: "")
      // It may have ended before anybody could read its names.
      let rows = try result.rows().filter { $0["comm"] == "workload" && $0["allocations"] == 23 }
      #expect(sum(rows, nil) == [23000, 23])
    }

    @Test("a full table is counted, and what is in it is right", arguments: user)
    func room(_ plan: Plan) throws {
      let (rows, summary, errors) = try trace(
        plan, ["23"], ["-p", "@", "-o", "0", "--max-allocations", "7"])
      let count: Int = rows.first?["allocations"] ?? 0
      #expect(count > 0 && count < 23 && sum(rows) == [1000 * count, count])
      let full: Int = summary["map_full"] ?? 0
      #expect(full >= 23 - count && errors.contains("could not follow \(full) (map full)"))
      // Stacks that find no room are said not to be kept.
      let one = try trace(plan, ["23"], ["-p", "@", "-o", "0", "--stack-storage-size", "1"])
      #expect(sum(one.rows, nil)[1] == 23)
    }

    @Test("each allocation and free is a record on request", arguments: user)
    func events(_ plan: Plan) throws {
      let (rows, summary, _) = try trace(
        plan, ["23"], ["-p", "@", "-o", "0", "-t", "-z", "1000", "-Z", "1000"])
      let calls = rows.filter { $0["type"] == "call" }
      #expect(calls.count(where: { $0["operation"] == "alloc" }) == 63)
      #expect(calls.count(where: { $0["operation"] == "free" }) == 40)
      #expect(calls.allSatisfy { $0["size"] == 1000 && ($0["address"] ?? "").hasPrefix("0x") })
      #expect(sum(rows.filter { $0["type"] == "outstanding" }) == [23000, 23])
      #expect(summary["lost"] == 0)
    }

    @Test(
      "allocators that take the place of the C library's are traced", arguments: user,
      ["libjemalloc.so.2", "libtcmalloc_minimal.so.4"])
    func others(_ plan: Plan, _ library: String) throws {
      let folder = "/usr/lib/\(Self.machine)-linux-gnu/"
      guard FileManager.default.fileExists(atPath: folder + library) else { return }
      for options in [[], ["-O", library]] {
        let rows = try trace(
          plan, ["23"], ["-p", "@", "-o", "0", "-z", "1000", "-Z", "1000"] + options,
          environment: ["--set", "LD_PRELOAD=\(folder)\(library)"]
        ).rows
        #expect(sum(rows) == [23000, 23], "\(options) \(rows.map(\.values))")
      }
    }

    private static var machine: String {
      var name = utsname()
      uname(&name)
      return withUnsafeBytes(of: name.machine) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
    }

    @Test("the table, folded stacks and the flame graph say the same", arguments: user)
    func outputs(_ plan: Plan) throws {
      func run(_ options: [String]) throws -> RunResult {
        let workload = try Workload("leaks", "23")
        let run = try TracedRun(
          "memleak", ["-p", "\(workload.pid)", "-o", "0"] + options, plan: plan.hooks)
        try workload.run()
        return try run.stop()
      }
      let lines = try run(["-a"]).lines
      #expect(lines.first?.hasSuffix("] Top 1 stacks with outstanding allocations:") == true)
      #expect(lines[1] == "23000 bytes in 23 allocations from stack")
      #expect(
        lines[2...24].allSatisfy { $0.hasPrefix("\taddr = 0x") && $0.hasSuffix(" size = 1000") })
      #expect(lines[25] == "\t\(Self.leaking)")
      let folded = try #require(try run(["-f"]).lines.first)
      #expect(folded.hasPrefix("workload;") && folded.hasSuffix(";\(Self.leaking) 23000"))
      let scratch = try Scratch()
      let result = try run(["--flamegraph", scratch.path + "/graph.svg"])
      #expect(result.text.isEmpty)
      let graph = try String(contentsOfFile: scratch.path + "/graph.svg", encoding: .utf8)
      #expect(graph.contains("data-total=\"23000\"") && graph.contains(Self.leaking))
    }

    @Test(
      "what the kernel allocates for a process, and keeps, has the kernel's stack",
      arguments: kernel)
    func messages(_ plan: Plan) throws {
      let own = ["-p", "@", "-o", "0", "-T", "1000"]
      let rows = try trace(plan, ["23", "kernel"], own).rows
      // 48 bytes precede the 500 of a message, which takes 1024 then.
      let sent = rows.filter { row in
        row.texts("stack").contains { $0.hasSuffix("load_msg") || $0.hasPrefix("do_msgsnd") }
      }
      #expect(sum(sent, nil) == [23 * 1024, 23], "\(rows.map(\.values))")
      let other = try Workload("leaks", "0")
      let none = try trace(
        plan, ["23", "kernel"], ["-p", "\(other.pid)", "-o", "0", "-T", "1000"]
      ).rows
      #expect(!none.contains { $0.texts("stack").contains("do_msgsnd") })
      let counted = try trace(plan, ["23", "kernel"], ["-p", "@", "-C", "-T", "1000"]).rows
      #expect(
        sum(counted.filter { $0.texts("stack").contains("do_msgsnd") }, nil) == [23 * 1024, 23])
    }

    @Test(
      "memory of each CPU is counted on all of them", arguments: Plan.offered("memleak", "--percpu")
    )
    func eachCPU(_ plan: Plan) throws {
      let rows = try trace(plan, ["23", "percpu"], ["-p", "@", "-o", "0"]).rows.filter { row in
        row.texts("stack").contains { $0.hasPrefix("map_create") || $0.contains("sys_bpf") }
      }
      #expect(sum(rows, nil) == [23 * 8 * KernelFeatures.possibleCPUs, 23])
    }
  }
}
