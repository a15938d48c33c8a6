import Foundation
import Testing
import TraceKit

extension Live {
  /// javagc shows each collection of 23, and those of its pools.
  @Suite(.enabled(if: !Plan.offered("javagc").isEmpty, "the kernel has no uprobes"))
  struct JavaCollections {
    private func trace(
      _ arguments: [String], _ options: [String] = ["-p", "@"]
    ) throws -> [Row] {
      let workload = try Workload(["collections"] + arguments)
      let named = options.map { $0.replacingOccurrences(of: "@", with: "\(workload.pid)") }
      let run = try TracedRun("javagc", named + ["--json"])
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      return try result.rows().filter { $0["pid"] == workload.pid }
    }

    private func durations(_ rows: [Row], _ kind: String) -> [Int] {
      rows.filter { $0["kind"] == kind }.map { $0["duration_us"] ?? -1 }
    }

    @Test("23 collections in two pools are 23 rows and 46, ends without a begin are none")
    func each() throws {
      let rows = try trace(["23", "2000"])
      let (whole, pools) = (durations(rows, "collection"), durations(rows, "pool"))
      #expect(whole.count == 23 && pools.count == 46)
      #expect((whole + pools).allSatisfy { $0 >= 2000 && $0 < 2_000_000 })
      // The pools are within the whole.
      for index in whole.indices {
        #expect(pools[index * 2] <= whole[index] && pools[index * 2 + 1] <= whole[index])
      }
    }

    @Test("short collections are left out on request")
    func threshold() throws {
      #expect(try trace(["23", "3000"], ["-p", "@", "-t", "3000"]).count == 69)
      #expect(try trace(["23", "0"], ["-p", "@", "-t", "1000000"]).isEmpty)
    }

    @Test("filters let their own through, and keep others out", .alone)
    func filters() throws {
      for options in [["--comm", "workload"], ["-p", "1,@"], ["--tid", "@"]] {
        #expect(try trace(["23"], options).count == 69, "\(options)")
      }
      for options in [["-p", "1"], ["--comm", "java"], ["--uid", "65533"]] {
        #expect(try trace(["23"], options).isEmpty, "\(options)")
      }
    }

    @Test("the table has the columns of libbpf-tools")
    func table() throws {
      let workload = try Workload("collections", "23")
      let run = try TracedRun("javagc", ["-p", "\(workload.pid)"])
      try workload.run()
      let lines = try run.stop().lines
      #expect(lines.first?.split(separator: " ") == ["TIME", "CPU", "PID", "GC-TIME"])
      #expect(lines.count == 1 + 69)
    }

    private static let machines = [
      "/usr/lib/jvm/java-17-openjdk-amd64/bin/java", "/usr/lib/jvm/temurin-25-jdk-amd64/bin/java",
    ].filter(File.exists)

    private static let program = """
      public class Collections23 {
        public static void main(String[] arguments) throws Exception {
          System.out.println("ready java");
          System.in.read();
          for (int done = 0; done < 23; done++) System.gc();
        }
      }
      """

    @Test(
      "of a real Java machine it shows as many as the machine itself logs",
      .enabled(if: !machines.isEmpty, "there is no Java"), arguments: machines)
    func java(_ machine: String) throws {
      let folder = try Scratch()
      let source = try folder.file("Collections23.java", Self.program)
      let log = folder.path + "/log"
      let workload = try Workload(
        ["-XX:+UseSerialGC", "-Xlog:safepoint*=off", "-Xlog:gc:file=\(log)", source],
        program: machine)
      func logged() -> Int {
        (File.contents(of: log) ?? "").split(separator: "\n").count { $0.contains("Pause") }
      }
      let before = logged()
      let run = try TracedRun("javagc", ["-p", "\(workload.pid)", "--json"])
      try workload.run()
      let rows = try run.stop().rows()
      #expect(durations(rows, "collection").count == logged() - before)
      #expect(logged() - before >= 23)
      #expect(durations(rows, "pool").count >= 23)
    }
  }
}
