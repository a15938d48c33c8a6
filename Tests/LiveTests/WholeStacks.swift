import Foundation
import Testing

extension Live {
  /// Stacks through libraries without frame pointers have all their callers.
  @Suite(.alone) struct WholeStacks {
    static let profilePlans = Plan.offered("profile")
    static let sleepPlans = Plan.offered("offcputime")
    private static let marks = ["[incomplete]", "[by frame pointers]"]

    private func rows(
      _ plan: Plan, _ workload: [String], _ options: [String] = [], program: String? = nil
    ) throws -> [Row] {
      let workload = try Workload(workload, program: program)
      let run = try plan.run(["-p", "\(workload.pid)", "-U"] + options)
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      return try result.rows()
    }

    private func count(_ rows: [Row]) -> Int { rows.reduce(0) { $0 + ($1["count"] ?? 0) } }

    /// Whether some functions are in a stack, each called by the next, which may be one
    /// that calls itself.
    private func calls(_ row: Row, _ functions: [String]) -> Bool {
      var rest = functions[...]
      for frame in row.texts("user") where frame == rest.first { rest = rest.dropFirst() }
      return rest.isEmpty
    }

    private func begins(_ row: Row, inThread: Bool) -> Bool {
      let frames = row.texts("user")
      return inThread
        ? calls(row, ["start_thread"]) && !frames.contains("main")
        : calls(row, ["main"]) && frames.last == "_start"
    }

    private func isMarked(_ row: Row) -> Bool {
      Self.marks.contains { row.texts("user").contains($0) }
    }

    @Test("sleeps have the callers of usleep, up to main", arguments: sleepPlans, [false, true])
    func sleeps(_ plan: Plan, inThread: Bool) throws {
      let thread = inThread ? ["thread"] : []
      let rows = try rows(plan, ["nests", "sleep", "997"] + thread, ["--state", "1"])
      let sleeps = rows.filter { calls($0, ["usleep", "nest_f", "nest_g", "sleep_often"]) }
      #expect(count(sleeps) >= 997 * 99 / 100, "\(rows)")
      #expect(sleeps.allSatisfy { begins($0, inThread: inThread) || inThread })
      #expect(count(sleeps.filter(isMarked)) < 10)
    }

    @Test("samples in a callback have who called the library", arguments: profilePlans)
    func callbacks(_ plan: Plan) throws {
      let rows = try rows(plan, ["nests", "sort", "1500"], ["-F", "499"])
      #expect(count(rows) > 300)
      let whole = rows.filter {
        calls($0, ["compare_slowly", "nest_sort", "sort_long", "main"])
          && begins($0, inThread: false)
      }
      #expect(count(whole) * 100 >= count(rows) * 95, "\(rows)")
    }

    /// Builds a part of the workload in another way; nil where there is no such compiler.
    static func built(
      _ command: [String], from part: String = "nests.c", in scratch: Scratch
    ) throws -> String? {
      let folders = ["/usr/bin/", "/usr/local/bin/"].map { $0 + command[0] }
      guard let compiler = folders.first(where: FileManager.default.isExecutableFile) else {
        return nil
      }
      let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      let program = scratch.path + "/workload"
      let sources = ["main.c", part].map { tests.path + "/Workloads/" + $0 }
      guard FileManager.default.fileExists(atPath: sources[0]) else { return nil }
      let options = ["-O2", "-std=gnu2x", "-o", program]
      let build = try Subprocess([compiler] + command.dropFirst() + options + sources)
      #expect(try build.wait() == .exited(0), "\(build.errors.text)")
      return program
    }

    @Test(
      "stacks of programs that are linked statically are whole, and their functions have names",
      arguments: ["-static", "-static-pie"], [false, true])
    func staticPrograms(_ kind: String, inThread: Bool) throws {
      let scratch = try Scratch()
      guard let program = try Self.built(["gcc", kind], in: scratch) else { return }
      let thread = inThread ? ["thread"] : []
      let sorting = try rows(
        #require(Self.profilePlans.last), ["nests", "sort", "300"] + thread, ["-F", "499"],
        program: program)
      // main() jumps to what it does last.
      let start = inThread ? "start_thread" : "_start"
      let callers = ["compare_slowly", "nest_sort", "sort_long", start]
      #expect(count(sorting.filter { calls($0, callers) && !isMarked($0) }) >= 100, "\(sorting)")
      let sleeping = try rows(
        #require(Self.sleepPlans.first), ["nests", "sleep", "97"] + thread, ["--state", "1"],
        program: program)
      let sleeps = sleeping.filter { calls($0, ["usleep", "nest_f", "nest_g", "sleep_often"]) }
      #expect(count(sleeps.filter { !isMarked($0) }) >= 90, "\(sleeping)")
    }

    #if arch(x86_64)
      @Test(
        "stacks are whole through a C library without call frame information",
        arguments: [[], ["-static"]], [false, true])
      func otherLibrary(_ kind: [String], inThread: Bool) throws {
        let scratch = try Scratch()
        guard let program = try Self.built(["musl-gcc"] + kind, in: scratch) else { return }
        let thread = inThread ? ["thread"] : []
        let start = inThread ? [] : ["_start"]
        let sleeping = try rows(
          #require(Self.sleepPlans.first), ["nests", "sleep", "97"] + thread, ["--state", "1"],
          program: program)
        let sleeps = sleeping.filter {
          calls($0, ["usleep", "nest_f", "nest_g", "sleep_often"] + start)
        }
        #expect(count(sleeps.filter { !isMarked($0) }) >= 90, "\(sleeping)")
        let sorting = try rows(
          #require(Self.profilePlans.last), ["nests", "sort", "300"] + thread, ["-F", "499"],
          program: program)
        let whole = sorting.filter {
          calls($0, ["compare_slowly", "nest_sort", "sort_long"]) && !isMarked($0)
        }
        #expect(count(whole) >= 100, "\(sorting)")
      }
    #endif

    @Test("with --frame-pointers stacks are as the kernel takes them", arguments: profilePlans)
    func framePointers(_ plan: Plan) throws {
      let rows = try rows(plan, ["nests", "sort", "300"], ["-F", "499", "--frame-pointers"])
      #expect(!rows.isEmpty)
      #expect(!rows.contains(where: isMarked))
    }
  }
}
