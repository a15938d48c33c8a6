import CSystem
import Glibc

/// A process that this one started: a workload, or something that traces it.
final class Child {
  let pid: pid_t
  /// When it was executed, in seconds of the monotonic clock: its files are open by then.
  let started: Double
  private let input: Int32
  private let output: Int32

  /// Starts a program by its path or by its name on PATH.
  ///
  /// - Parameter output: the file for its standard output; nil for a pipe that
  ///   `readLine` and `readToEnd` read.
  init(_ command: [String], output file: String?, errors: String) throws(Failure) {
    var ends: [Int32] = [-1, -1]
    var answers: [Int32] = [-1, -1]
    guard bench_pipe(&ends) == 0, bench_pipe(&answers) == 0 else {
      throw Failure("cannot make a pipe")
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
    let flags = O_WRONLY | O_CREAT | O_TRUNC
    if let file {
      posix_spawn_file_actions_addopen(&actions, 1, file, flags, 0o644)
    } else {
      posix_spawn_file_actions_adddup2(&actions, answers[1], 1)
    }
    posix_spawn_file_actions_addopen(&actions, 2, errors, flags, 0o644)
    var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
    arguments.append(nil)
    defer { for argument in arguments { free(argument) } }
    var pid: pid_t = 0
    // Returns once the child's memory is that of the program.
    let failed = posix_spawnp(&pid, command[0], &actions, nil, arguments, environ)
    started = now()
    close(ends[0])
    close(answers[1])
    input = ends[1]
    output = answers[0]
    self.pid = pid
    if failed != 0 {
      throw Failure("\(command[0]) does not start: \(String(cString: strerror(failed)))")
    }
  }

  deinit {
    close(input)
    close(output)
  }

  /// Its next line without the end, or nil where there is none.
  func readLine() -> String? {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while read(output, &byte, 1) == 1 {
      if byte == 10 { return String(decoding: line, as: UTF8.self) }
      line.append(byte)
    }
    return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
  }

  func send(_ text: String) {
    _ = text.withCString { write(input, $0, strlen($0)) }
  }

  /// Reads and drops what it says until it ends.
  func readToEnd() {
    var buffer = [UInt8](repeating: 0, count: 65536)
    while read(output, &buffer, buffer.count) > 0 {}
  }

  /// Whether it has not ended.
  var isRunning: Bool {
    var information = siginfo_t()
    information._sifields._sigchld.si_pid = 0
    waitid(P_PID, id_t(pid), &information, WEXITED | WNOHANG | WNOWAIT)
    return information._sifields._sigchld.si_pid == 0
  }

  /// Asks it to end, and kills it where it does not within ten seconds.
  ///
  /// - Returns: the CPU time of its whole life.
  @discardableResult
  func end(by signal: Int32 = SIGINT) -> CPUTime {
    if isRunning { kill(pid, signal) }
    let limit = now() + 10
    while isRunning && now() < limit { pause(0.002) }
    kill(pid, SIGKILL)
    return wait()
  }

  /// Waits for the end.
  ///
  /// - Returns: the CPU time of its whole life.
  @discardableResult
  func wait() -> CPUTime {
    var usage = rusage()
    while wait4(pid, nil, 0, &usage) < 0 && errno == EINTR {}
    return CPUTime(
      user: Double(usage.ru_utime.tv_sec) + Double(usage.ru_utime.tv_usec) / 1e6,
      system: Double(usage.ru_stime.tv_sec) + Double(usage.ru_stime.tv_usec) / 1e6)
  }
}

/// Seconds in user space and in the kernel.
struct CPUTime {
  var user = 0.0
  var system = 0.0
}

struct Failure: Error {
  let message: String
  init(_ message: String) { self.message = message }
}

/// Seconds of the monotonic clock.
func now() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func pause(_ seconds: Double) {
  usleep(UInt32(seconds * 1e6))
}
