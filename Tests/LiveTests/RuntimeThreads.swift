import Foundation
import Testing
import TraceKit

extension Live {
  /// uthreads shows each of 23 threads.
  @Suite(.enabled(if: !Plan.offered("uthreads").isEmpty, "the kernel has no uprobes"))
  struct RuntimeThreads {
    private func trace(
      _ arguments: [String], _ options: [String]
    ) throws -> (rows: [Row], result: RunResult, workload: Workload) {
      let (result, workload) = try ThreadBirths.trace("uthreads", arguments, options)
      return (try result.rows().filter { $0["pid"] == workload.pid }, result, workload)
    }

    private let births = ["births", "23", "pthread", "stay"]

    @Test(
      "23 threads of the C library are 23 rows with their numbers and functions",
      arguments: [["-l", "c", "@"], ["-l", "none", "@"], ["@"]])
    func library(_ options: [String]) throws {
      let (rows, result, workload) = try trace(births, options)
      #expect(rows.count == 23)
      #expect(rows.allSatisfy { $0["event"] == "pthread" && $0["description"] == "first_breath" })
      #expect(
        rows.allSatisfy { $0["tid"] == workload.pid && $0["address"] == Int(workload.announcement) }
      )
      let threads = rows.map { $0["id"] ?? 0 }
      #expect(Set(threads).count == 23 && !threads.contains(workload.pid) && !threads.contains(0))
      let summary = try result.summary()
      #expect(summary["seen"] == 23 && summary["lost"] == 0)
    }

    @Test("23 threads of Java that start and stop are 46 rows with their names")
    func java() throws {
      let (rows, _, workload) = try trace(["javathreads", "23"], ["-l", "java", "@"])
      #expect(rows.map { $0["event"] ?? "" } == (1...23).flatMap { _ in ["start", "stop"] })
      let ids = (1...23).flatMap { [$0, $0] }
      #expect(rows.map { $0["runtime_id"] ?? 0 } == ids)
      #expect(rows.map { $0["description"] ?? "" } == ids.map { "worker-\($0)" })
      #expect(rows.allSatisfy { $0["id"] == workload.pid })
    }

    @Test("filters let their own through, and keep others out", .alone)
    func filters() throws {
      for options in [["--comm", "workload"], ["-p", "1,@"], ["--tid", "@"]] {
        #expect(try trace(births, ["-l", "c"] + options).rows.count == 23, "\(options)")
      }
      for options in [["-p", "1,2"], ["--comm", "java"], ["--uid", "65533"]] {
        #expect(try trace(["births", "23"], ["-l", "c"] + options).rows.isEmpty, "\(options)")
      }
      #expect(try trace(["javathreads", "23"], ["-l", "c", "-p", "@"]).rows.isEmpty)
    }

    @Test("the table has the columns of bcc's tool")
    func table() throws {
      let workload = try Workload("javathreads", "23")
      let run = try TracedRun("uthreads", ["-l", "java", "\(workload.pid)"])
      try workload.run()
      let lines = try run.stop().lines
      #expect(lines.first?.split(separator: " ") == ["TIME", "ID", "TYPE", "DESCRIPTION"])
      #expect(lines.count == 47)
      #expect(
        lines.last?.split(separator: " ").dropFirst()
          == ["R=23/N=\(workload.pid)", "stop", "worker-23"])
    }

    private static let machine = "/usr/lib/jvm/java-17-openjdk-amd64/bin/java"

    @Test(
      "of a real Java machine it shows the threads that its program starts",
      .enabled(if: File.exists(machine), "there is no Java"))
    func realJava() throws {
      let folder = try Scratch()
      let source = try folder.file(
        "Threads23.java",
        """
        public class Threads23 {
          public static void main(String[] arguments) throws Exception {
            System.out.println("ready java");
            System.in.read();
            for (int done = 1; done <= 23; done++) {
              Thread thread = new Thread(() -> {}, "worker-" + done);
              thread.start();
              thread.join();
            }
          }
        }
        """)
      let workload = try Workload(["-XX:TieredStopAtLevel=1", source], program: Self.machine)
      let run = try TracedRun("uthreads", ["\(workload.pid)", "--json"])
      try workload.run()
      let rows = try run.stop().rows()
      for event in ["start", "stop"] {
        let names = rows.filter { $0["event"] == event }.map { $0["description"] ?? "" }
        #expect(names.filter { $0.hasPrefix("worker-") } == (1...23).map { "worker-\($0)" })
      }
      // The kernel's numbers are those of the C library's threads.
      let made = Set(rows.filter { $0["event"] == "pthread" }.map { $0["id"] ?? 0 })
      let started = rows.filter {
        $0["event"] == "start" && ($0["description"] ?? "").hasPrefix("w")
      }
      #expect(started.allSatisfy { made.contains($0["id"] ?? 0) })
    }
  }
}
