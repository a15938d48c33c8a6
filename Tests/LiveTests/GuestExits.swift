import Foundation
import Testing
import TraceKit

extension Live {
  /// kvmexit counts the exits of a virtual machine whose guest is known to the instruction.
  @Suite(
    .enabled(
      if: FileManager.default.fileExists(atPath: "/dev/kvm"), "this machine has no /dev/kvm"))
  struct GuestExits {
    static let plans = Plan.offered("kvmexit")
    private static let number = 23

    /// What KVM runs guests without the processor's help, and so without its exits.
    static let emulates = FileManager.default.fileExists(atPath: "/sys/module/kvm_pvm")
    static let knowsVCPUs = KernelFeatures.savedRegisters == .yes

    /// Other exits than those that the common tests count.
    static let ofProcessor = ["--hooks", "tracepoint:1"]

    private struct Found {
      let rows: [Row]
      let pid: Int
      let tids: [Int]
      /// Of the whole machine: at the port, halted, and interrupted.
      let ports: Int
      let halts: Int
      let signals: Int

      func sum(_ reason: String) -> Int {
        rows.reduce(0) { $0 + ($1["reason"] == reason ? $1["count"] ?? 0 : 0) }
      }
    }

    /// In an option `@` stands for the workload's process, `@0` for its first thread.
    private func found(
      _ options: [String], plan: Plan? = nil, number: Int = number, interrupted: Int = 0,
      vcpus: Int = 1
    ) throws -> Found {
      let workload = try Workload("guests", "\(number)", "\(interrupted)", "\(vcpus)")
      let tids = workload.announcement.split(separator: " ").compactMap { Int($0) }
      let named = options.map { option in
        let option = tids.indices.reduce(option) {
          $0.replacingOccurrences(of: "@\($1)", with: "\(tids[$1])")
        }
        return option.replacingOccurrences(of: "@", with: "\(workload.pid)")
      }
      let run = try TracedRun(
        "kvmexit", ["--json"] + (plan == nil ? Self.ofProcessor : ["--userspace"]) + named,
        plan: plan?.hooks)
      let counted = try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      let summary = try result.summary()
      #expect(summary["lost"] == 0 && summary["map_full"] == 0)
      let sums = try #require(counted.first)
      return Found(
        rows: try result.rows(), pid: workload.pid, tids: tids, ports: sums[0], halts: sums[1],
        signals: sums[2])
    }

    @Test("23 writes to a port return to user space 23 times, and a halt once", arguments: plans)
    func returns(_ plan: Plan) throws {
      let found = try found(["-p", "@"], plan: plan)
      #expect(found.ports == Self.number && found.halts == 1)
      #expect(found.sum("IO") == Self.number && found.sum("HLT") == 1)
      #expect(found.sum("EINTR") == found.signals)
      let row = try #require(found.rows.first)
      #expect(row["reason"] == "IO" && row["reason_number"] == 2 && row["pid"] == found.pid)
      for key in ["tid", "vcpu", "isa"] { #expect(row.values[key] is NSNull, "\(key)") }
    }

    @Test("a return by a signal has no reason but its error", arguments: plans)
    func errors(_ plan: Plan) throws {
      let found = try found(["-p", "@"], plan: plan, interrupted: 7)
      #expect(found.signals >= 7 && found.sum("EINTR") == found.signals)
      #expect(found.sum("IO") == Self.number && found.sum("HLT") == 1)
      let row = found.rows.first { $0["reason"] == "EINTR" }
      #expect(row?["reason_number"] == Int(EINTR))
    }

    @Test("-a distinguishes threads, each with its virtual CPU", arguments: plans)
    func threads(_ plan: Plan) throws {
      let found = try found(["-p", "@", "-a"], plan: plan, vcpus: 3)
      for (vcpu, tid) in found.tids.enumerated() {
        let rows = found.rows.filter { $0["tid"] == tid && $0["reason"] == "IO" }
        #expect(rows.count == 1 && rows.first?["count"] == Self.number)
        #expect(rows.first?["vcpu"] == (Self.knowsVCPUs ? vcpu : nil))
      }
      #expect(found.sum("IO") == 3 * Self.number && found.sum("HLT") == 3)
    }

    @Test("-p alone makes one row of all threads, -p twice one of each process", arguments: plans)
    func collapsed(_ plan: Plan) throws {
      for options in [["-p", "@"], ["-p", "@,1"]] {
        let found = try found(options, plan: plan, vcpus: 3)
        let rows = found.rows.filter { $0["reason"] == "IO" }
        #expect(rows.count == 1 && rows.first?["count"] == 3 * Self.number)
        #expect(rows.first?["pid"] == found.pid)
      }
    }

    @Test(
      "-v counts one virtual CPU", .enabled(if: knowsVCPUs, "this kernel does not tell the call"),
      arguments: plans)
    func virtualCPU(_ plan: Plan) throws {
      let found = try found(["-p", "@", "-v", "1"], plan: plan, vcpus: 3)
      #expect(found.sum("IO") == Self.number && found.sum("HLT") == 1)
      #expect(found.rows.allSatisfy { $0["vcpu"] == 1 })
      #expect(try self.found(["-p", "@", "-v", "3"], plan: plan, vcpus: 3).rows.isEmpty)
    }

    @Test("-t and -T count threads that are named", arguments: plans)
    func namedThreads(_ plan: Plan) throws {
      let one = try found(["-t", "@1"], plan: plan, vcpus: 3)
      #expect(one.sum("IO") == Self.number)
      #expect(one.rows.allSatisfy { $0["tid"] == one.tids[1] && $0["pid"] == one.pid })
      let two = try found(["-T", "@0,@2"], plan: plan, vcpus: 3)
      #expect(two.sum("IO") == 2 * Self.number)
      #expect(Set(two.rows.compactMap { $0["tid"] }) == [two.tids[0], two.tids[2]])
      let none = try found(["-T", "1,2", "-p", "@"], plan: plan, vcpus: 3)
      #expect(none.rows.isEmpty)
    }

    @Test("filters let the exits through, or keep them out", arguments: plans)
    func filters(_ plan: Plan) throws {
      let cases: [([String], Int)] = [
        (["-p", "@", "--comm", "workload"], Self.number), (["-p", "@", "--uid", "0"], Self.number),
        (["-p", "1"], 0), (["-t", "1"], 0), (["-p", "@", "--comm", "workloads"], 0),
        (["-p", "@", "--uid", "65533"], 0),
      ]
      for (options, expected) in cases {
        #expect(try found(options, plan: plan).sum("IO") == expected, "\(options)")
      }
    }

    @Test("no interval loses an exit or counts it twice", arguments: plans)
    func intervals(_ plan: Plan) throws {
      let found = try found(["-p", "@", "-i", "0.01"], plan: plan, number: 23_000)
      #expect(found.ports == 23_000 && found.sum("IO") == 23_000)
    }

    @Test("the columns of the table are those of bcc for each choice", .alone, arguments: plans)
    func table(_ plan: Plan) throws {
      let cases = [
        ([], "PID      TID      KVM_EXIT_REASON                     COUNT"),
        (["-p", "@"], "KVM_EXIT_REASON                     COUNT"),
        (["-p", "@", "-a"], "TID      KVM_EXIT_REASON                     COUNT"),
        (["-t", "@0"], "KVM_EXIT_REASON                     COUNT"),
        (["-T", "@0"], "TIDS     KVM_EXIT_REASON                     COUNT"),
        (["-p", "@,1", "-m", "2"], "PID      KVM_EXIT_REASON                     COUNT"),
      ]
      for (options, header) in cases {
        let workload = try Workload("guests", "\(Self.number)")
        let named = options.map {
          $0.replacingOccurrences(of: "@0", with: workload.announcement)
            .replacingOccurrences(of: "@", with: "\(workload.pid)")
        }
        let run = try TracedRun("kvmexit", ["--userspace"] + named, plan: plan.hooks)
        try workload.run()
        let lines = try run.stop().lines
        #expect(lines.first.map(String.init) == header, "\(options)")
        let line = lines.first { $0.contains("IO ") }
        #expect(line?.split(separator: " ").last == "\(Self.number)", "\(options)")
      }
    }

    @Test("it stops by itself after the time that is given, also with --debug")
    func length() throws {
      let process = try Subprocess(
        [Executable.path("kvmexit"), "--userspace", "--debug", "0.1"])
      #expect(try process.wait() == .exited(0))
      #expect(process.output.text.hasPrefix("PID "))
      #expect(process.errors.text.contains("kvmexit: attached by raw_tp"))
    }

    @Test(
      "one choice of threads excludes another",
      arguments: [["-t", "1", "-T", "2"], ["-T", "1", "-v", "0"], ["-p", "1", "-v", "0", "-a"]])
    func choices(_ options: [String]) throws {
      let process = try Subprocess([Executable.path("kvmexit")] + options)
      #expect(try process.wait() == .exited(64))
      #expect(
        process.errors.text.contains("--tid, --tids, --vcpu and --alltids cannot be combined"))
    }

    @Test("without the module it says so")
    func module() throws {
      for options in [Self.ofProcessor, ["--userspace"]] {
        let process = try TracedRun.startOrEnd(
          "kvmexit", options + ["--json"], environment: ["--hide", "/sys/module/kvm"])
        process.signal(SIGINT)
        #expect(try process.wait() == .exited(69))
        #expect(process.errors.text.contains("the kvm module is not loaded; load it"))
        #expect(process.output.data.isEmpty)
      }
    }

    @Test(
      "23 writes to a port are 23 exits of the processor, by its names",
      .enabled(if: !emulates, "KVM runs guests without the processor here"))
    func exits() throws {
      let found = try found(["-p", "@", "-a"], vcpus: 2)
      let names = ["VMX": ("IO_INSTRUCTION", 30, "HLT"), "SVM": ("io", 0x7b, "hlt")]
      let isa: String = try #require(found.rows.first?["isa"])
      let (port, number, halt) = try #require(names[isa])
      #expect(found.sum(port) == 2 * Self.number && found.sum(halt) == 2)
      for (vcpu, tid) in found.tids.enumerated() {
        let row = found.rows.first { $0["tid"] == tid && $0["reason"] == port }
        #expect(row?["count"] == Self.number && row?["reason_number"] == number)
        #expect(row?["vcpu"] == vcpu && row?["isa"] == isa)
      }
      #expect(try self.found(["-p", "@", "-v", "1"], vcpus: 2).sum(port) == Self.number)
      #expect(try self.found(["-p", "1"], vcpus: 2).rows.isEmpty)
    }

    @Test(
      "where guests run without the processor it attaches, and says what to use",
      .enabled(if: emulates, "KVM uses the processor here"))
    func emulated() throws {
      let run = try TracedRun("kvmexit", ["--json"] + Self.ofProcessor)
      #expect(run.process.errors.text.contains("use --userspace"))
      try Workload("guests", "\(Self.number)").run()
      #expect(try run.stop().rows().isEmpty)
    }
  }
}
