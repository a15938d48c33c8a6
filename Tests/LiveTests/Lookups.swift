import Foundation
import Testing
import TraceKit

extension Live {
  /// gethostlatency shows each lookup of a workload that makes 23 of them.
  @Suite(.enabled(if: !Plan.offered("gethostlatency").isEmpty, "the kernel has no uprobes"))
  struct Lookups {
    private func trace(
      _ arguments: [String], _ options: [String] = ["-p", "@"], environment: [String] = []
    ) throws -> (rows: [Row], summary: Row, workload: Workload) {
      let workload = try Workload(["lookups"] + arguments, environment: environment)
      let named = options.map { $0.replacingOccurrences(of: "@", with: "\(workload.pid)") }
      let run = try TracedRun("gethostlatency", ["--json"] + named)
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      return (try result.rows(), try result.summary(), workload)
    }

    private func isFine(_ row: Row, _ host: String?, _ function: String) -> Bool {
      let latency = (row.values["latency_ms"] as? NSNumber)?.doubleValue ?? 0
      return row["host"] == host && row["function"] == function && row["comm"] == "workload"
        && latency > 0 && latency < 60_000
    }

    @Test(
      "23 lookups are 23 rows with the name, the process and the time",
      arguments: ["getaddrinfo", "gethostbyname", "gethostbyname2"])
    func each(_ function: String) throws {
      let (rows, summary, workload) = try trace(["23", function])
      #expect(rows.count == 23)
      #expect(rows.allSatisfy { isFine($0, "localhost", function) && $0["pid"] == workload.pid })
      #expect(rows.allSatisfy { $0.values["failed"] as? Bool == false })
      #expect(summary["seen"] == 23 && summary["lost"] == 0)
    }

    @Test("a lookup that fails is told, and one without a name has none")
    func others() throws {
      // A name with an empty part is refused before anybody is asked.
      let failed = try trace(["23", "getaddrinfo", "no..name"]).rows
      #expect(failed.count == 23)
      #expect(failed.allSatisfy { isFine($0, "no..name", "getaddrinfo") })
      #expect(failed.allSatisfy { $0.values["failed"] as? Bool == true })
      let service = try trace(["23", "getaddrinfo", ""]).rows
      #expect(service.count == 23)
      #expect(service.allSatisfy { $0.values["host"] is NSNull })
    }

    @Test("a name of 300 bytes is cut, and that is told")
    func long() throws {
      let name = String(repeating: "a.", count: 150)
      let (rows, summary, _) = try trace(["23", "getaddrinfo", name + "."])
      #expect(rows.count == 23)
      #expect(rows.allSatisfy { $0["host"] == String(name.prefix(255)) })
      #expect(summary["truncated"] == 23)
    }

    @Test("32 threads at the same time are told apart")
    func threads() throws {
      let (rows, _, workload) = try trace(["--threads", "32", "23"])
      #expect(rows.count == 32 * 23)
      let byThread = Dictionary(grouping: rows) { $0["tid"] ?? 0 }
      #expect(byThread.count == 32)
      #expect(byThread.values.allSatisfy { $0.count == 23 })
      #expect(rows.allSatisfy { isFine($0, "localhost", "getaddrinfo") })
      #expect(rows.allSatisfy { $0["pid"] == workload.pid })
      // Those of one thread do not overlap: each ends after it began, in order.
      for own in byThread.values {
        let times = own.compactMap { $0["time"] as String? }
        #expect(times == times.sorted())
      }
    }

    @Test("filters let their own through, and keep others out", .alone)
    func filters() throws {
      let other = try Workload("lookups", "0")
      let group = try ControlGroup("lookups")
      for (options, environment) in [
        (["--comm", "workload"], []), (["--tid", "@"], []), (["-p", "1,@"], []),
        (["--uid", "0", "--comm", "work*"], []),
        (["--cgroup", group.path], ["--cgroup", group.path]),
      ] {
        let rows = try trace(["23"], options, environment: environment).rows
        #expect(rows.count == 23, "\(options)")
      }
      for options in [
        ["-p", "\(other.pid)"], ["--comm", "workloads"], ["--uid", "65533"],
        ["--cgroup", group.path],
      ] {
        let rows = try trace(["23"], options).rows
        #expect(rows.isEmpty, "\(options)")
      }
    }

    @Test(
      "a library of another mount namespace is found, by the process and among all", .alone)
    func otherRoot() throws {
      let root = try Scratch()
      try root.copyWorkload()
      let environment = ["--chroot", root.path]
      for options in [["-p", "@"], ["--comm", "workload"]] {
        let rows = try trace(["23", "getaddrinfo", ""], options, environment: environment).rows
        #expect(rows.count == 23, "\(options)")
      }
      // The library of this mount namespace is another file.
      let libc = try Mapped.library("libc.so.6")
      let none = try trace(
        ["23", "getaddrinfo", ""], ["--comm", "workload", "-l", libc], environment: environment)
      #expect(none.rows.isEmpty)
      let some = try trace(["23"], ["--comm", "workload", "-l", libc])
      #expect(some.rows.count == 23)
    }

    @Test("the table has the columns of libbpf-tools")
    func table() throws {
      let workload = try Workload("lookups", "23")
      let run = try TracedRun("gethostlatency", ["-p", "\(workload.pid)"])
      try workload.run()
      let lines = try run.stop().lines
      #expect(lines.first?.split(separator: " ") == ["TIME", "PID", "COMM", "LATms", "HOST"])
      #expect(lines.count == 24)
      let row = lines.last?.split(separator: " ") ?? []
      #expect(row.count == 5 && row[1] == "\(workload.pid)" && row[4] == "localhost")
    }
  }
}

/// Files that a running workload has mapped.
enum Mapped {
  static func files() throws -> [String] {
    let workload = try Workload("lookups", "0")
    let maps = try #require(File.contents(of: "/proc/\(workload.pid)/maps"))
    let paths = maps.split(separator: "\n").compactMap { $0.split(separator: " ").last }
    return Set(paths.filter { $0.hasPrefix("/") }.map(String.init)).sorted()
  }

  static func library(_ name: String) throws -> String {
    guard let path = try files().first(where: { $0.hasSuffix("/" + name) }) else {
      throw LiveError("the workload has no \(name)")
    }
    return path
  }
}

extension Scratch {
  /// Copies the workload and what it loads to where they are, below this directory.
  func copyWorkload() throws {
    let manager = FileManager.default
    // The folder of the build can have a second name, by which it is called.
    for file in Set(try Mapped.files() + [Executable.path("workload")]) {
      let copy = path + file
      try manager.createDirectory(
        atPath: (copy as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try manager.copyItem(atPath: file, toPath: copy)
      // It is asked for by libNAME.so.6 and mapped as libNAME.so.6.0.30, say.
      if let version = file.range(of: #"\.so\.[0-9]+"#, options: .regularExpression),
        version.upperBound != file.endIndex
      {
        try manager.createSymbolicLink(
          atPath: path + file[..<version.upperBound], withDestinationPath: file)
      }
      guard file.contains("/ld-linux") else { continue }
      // The kernel looks for it at this path.
      for folder in ["lib", "lib64"] {
        try? manager.createDirectory(
          atPath: path + "/usr/" + folder, withIntermediateDirectories: true)
        try manager.createSymbolicLink(
          atPath: path + "/" + folder, withDestinationPath: "usr/" + folder)
      }
      let name = (file as NSString).lastPathComponent
      try? manager.copyItem(atPath: file, toPath: path + "/usr/lib64/" + name)
      try? manager.copyItem(atPath: file, toPath: path + "/usr/lib/" + name)
    }
  }
}
