import Foundation
import Testing
import TraceKit

extension Live {
  /// What the manuals and the help of bcc's trace and argdist show, over a workload that does
  /// 23 times what they look at. `QuestionTests` has them too, and does not run them.
  @Suite(.enabled(if: KernelFeatures.uprobes == .yes)) struct ManualExamples {
    /// @ stands for the workload's file, which has the probes of a library of threads (USDT)
    /// and what stands for bash's readline, as not every host does.
    private static let traces: [(probe: String, message: String)] = [
      (#":c:malloc "size = %d", arg1"#, "size = 16"),
      (#"r:@:typed_line "%s", retval"#, "a line"),
      (#"u:@:pthread_create "start addr = %llx", arg3"#, "start addr = 5eed"),
      (#"c:open (arg2 == 42) "%s %d", arg1, arg2"#, "/dev/null 42"),
      (
        #"p:c:write (arg1 == 1) "writing %d bytes to STDOUT", arg3"#, "writing 1 bytes to STDOUT"
      ),
      (#"r:c:malloc (retval) "allocated = %x", retval"#, "allocated = "),
      (#"r:c:read ((int)retval < 0) "read failed: %d", retval"#, "read failed: -1"),
      (#"r:c:write ((int)retval < 0) "write failed: %d", retval"#, "write failed: -1"),
    ]
    private static let tracesWithoutMessage = [
      ("p:c:inet_pton", "inet_pton", 23),
      ("u:@:pthread_create (arg4 != 0)", "pthread_create", 46),
      ("u:@:libpthread:pthread_create (arg4 != 0)", "pthread_create", 46),
    ]
    /// The process that is traced completes no requests.
    private static let silentTraces = [
      #"t:block:block_rq_complete "%d sectors", args->nr_sector"#
    ]

    private static let counts: [(option: String, specifier: String, count: Int)] = [
      ("-H", "p:c:malloc(size_t size):size_t:size:size==16", 23),
      ("-C", "p:c:write(int fd):int:fd", 46),
      // One that waits for the word to begin, too.
      ("-H", "r:c:read()", 23),
      ("-H", "p:c:write(int fd, const void *buf, size_t count):size_t:count:fd==1", 23),
      ("-C", "p:c:fork():int:$PID;fork per process", 46),
      ("-C", "p:c:fork():int:$PID#fork per process", 46),
      ("-C", "u:@:pthread_start():u64:arg2", 23),
      ("-H", "p:c:sleep(u32 seconds):u32:seconds", 23),
      // Which sleep calls.
      ("-H", "p:c:nanosleep(struct timespec *req):long:req->tv_nsec", 23),
      ("-C", "p:c:write(int fd, char* buf, size_t len):char*:buf:fd==1", 23),
      (
        "-C",
        "r:c:malloc(size_t size):size_t,u64:$entry(size),$latency/1000:$retval!=0#large ones", 23
      ),
    ]
    private static let silentCounts = [
      ("-C", "r:c:gets():char*:$retval"), ("-H", "t:block:block_rq_complete():u32:nr_sector"),
      ("-H", "t:block:block_rq_complete():u32:args->nr_sector"),
    ]

    private static let kernelTraces = [
      #"::do_sys_open "%s", arg2@user"#, #"::sys_read (arg3 > 20000) "read %d bytes", arg3"#,
      #"p::SyS_nanosleep(struct timespec *ts) "sleep for %lld ns", ts->tv_nsec"#,
      "do_sys_open", #"do_sys_open "%s", arg2@user"#,
      #"sys_read (arg3 > 20000) "read %d bytes", arg3"#, #"r::do_sys_open "%llx", retval"#,
      #"r::__kmalloc (retval == 0) "kmalloc failed!""#, "__x64_sys_nanosleep",
      "__x64_sys_clone", #"::sys_execve "%s", arg1"#,
      #"p::uprobe_register(struct inode *inode) "a_ops = %llx", inode->i_mapping->a_ops"#,
      "udpv6_sendmsg(struct sock *sk) (sk->sk_dport == 13568)",
      #"mntns_install "users = %d", $task->fs->users"#,
    ]
    private static let kernelCounts = [
      "p::__kmalloc(u64 size):u64:size",
      "r::__vfs_read(void *file, void *buf, size_t count):size_t:$entry(count):$latency > 1000000",
      "p::__vfs_read(struct file *file, void *buf, size_t count):char*,size_t:"
        + "file->f_path.dentry->d_name.name,count:file->f_path.dentry->d_name.name[0]!=0",
    ]
    /// The C library chooses one of several when it is loaded.
    private static let indirect = #"c:strlen (STRCMP("test", arg1)) "%s", arg1"#

    private static func real(_ text: String) -> String {
      text.replacing("@:", with: Executable.path("workload") + ":")
    }

    @Test("those of trace for user space and tracepoints print what was called")
    func traces() throws {
      let workload = try Workload("examples", "23")
      let probes =
        Self.traces.map(\.probe) + Self.tracesWithoutMessage.map(\.0) + Self.silentTraces
      let run = try TracedRun("trace", ["--json", "-p", "\(workload.pid)"] + probes.map(Self.real))
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0) && result.leftInKernel == "", "\(result.errors)")
      let rows = try result.rows()
      for (probe, message) in Self.traces {
        // What the end of the process frees and writes is more.
        let count = rows.count { $0["message"]?.hasPrefix(message) == true }
        #expect(count == 23, "\(probe): \(count)")
      }
      for (probe, function, number) in Self.tracesWithoutMessage {
        let count = rows.count { $0["func"] == function && $0["message"] == "" }
        #expect(count == number, "\(probe): \(count)")
      }
    }

    @Test("those of argdist for user space and tracepoints count what was called")
    func counts() throws {
      let workload = try Workload("examples", "23")
      let specifiers = Self.counts.map { ($0.option, $0.specifier) } + Self.silentCounts
      let run = try TracedRun(
        "argdist",
        ["--json", "-i", "1000", "-p", "\(workload.pid)"]
          + specifiers.flatMap { [$0.0, Self.real($0.1)] })
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0) && result.leftInKernel == "", "\(result.errors)")
      let rows = try result.rows()
      for (_, specifier, number) in Self.counts {
        let label = specifier.split { $0 == "#" || $0 == ";" }.dropFirst().last.map(String.init)
        let count = rows.filter { $0["label"] == label ?? Self.real(specifier) }
          .reduce(0) { $0 + ($1["count"] ?? 0) }
        #expect(count >= number && count <= 2 * number, "\(specifier): \(count)")
      }
      // Of any process.
      let interrupts = try TracedRun(
        "argdist", ["--json", "-i", "1000", "-C", "t:irq:irq_handler_entry():int:irq"])
      #expect(try interrupts.stop().end == .exited(0))
    }

    /// The names of functions that the kernel has.
    private static let symbols: Set<Substring> = {
      let text = File.contents(of: "/proc/kallsyms") ?? ""
      return Set(
        text.split(separator: "\n").compactMap { $0.split(separator: " ").dropFirst(2).first })
    }()

    private static func isKnown(_ text: String) -> Bool {
      let name = text.drop { $0 == "p" || $0 == "r" || $0 == ":" }.prefix {
        $0.isLetter || $0.isNumber || $0 == "_"
      }
      let call = name.drop { $0 != "_" }.dropFirst()
      return symbols.contains(name) || symbols.contains(name + "_noprof")
        || name.lowercased().hasPrefix("sys_")
          && (symbols.contains("__x64_sys_\(call)") || symbols.contains("__arm64_sys_\(call)"))
    }

    @Test("those for the kernel attach or would; the rest, a fifth at most, is refused")
    func kernel() throws {
      let known = Self.kernelTraces.filter(Self.isKnown)
      let knownCounts = Self.kernelCounts.filter(Self.isKnown)
      try attach("trace", known)
      try attach("argdist", knownCounts.flatMap { ["-C", $0] })
      let refused =
        Self.kernelTraces.filter { !Self.isKnown($0) }.map { ("trace", [$0]) }
        + Self.kernelCounts.filter { !Self.isKnown($0) }.map { ("argdist", ["-C", $0]) }
        + [("trace", [Self.indirect])]
      let processes = try refused.map { tool, arguments in
        try Subprocess([Executable.path(tool)] + arguments)
      }
      for process in processes {
        #expect(try process.wait() == .exited(64))
        let words = process.errors.text
        #expect(words.split(separator: "\n").count == 1, "\(words)")
        #expect(words.contains("no function") || words.contains("implementations"), "\(words)")
      }
      let all =
        Self.traces.count + Self.tracesWithoutMessage.count + Self.silentTraces.count
        + Self.counts.count + Self.silentCounts.count + 1 + Self.kernelTraces.count
        + Self.kernelCounts.count + 1
      #expect(all == 45)
      #expect(refused.count * 5 <= all, "\(refused.count) of \(all) are refused: \(refused)")
    }

    /// They attach, or where the kernel has no such probes, only that keeps them from it: what
    /// they ask is made into programs before.
    private func attach(_ tool: String, _ arguments: [String]) throws {
      guard !arguments.isEmpty else { return }
      let workload = try Workload("calls", "0")
      let process = try TracedRun.startOrEnd(tool, ["-p", "\(workload.pid)"] + arguments)
      process.signal(SIGINT)
      let end = try process.wait()
      let words = process.errors.text
      if KernelFeatures.kprobes == .yes {
        #expect(end == .exited(0), "\(words)")
      } else {
        #expect(end == .exited(69) && words.contains("kprobes"), "\(words)")
      }
    }
  }
}
