import Foundation
import Glibc
import Synchronization

/// A process with its three streams.
final class Subprocess: Sendable {
  /// How it ended.
  enum End: Equatable {
    case exited(Int32)
    case killed(Int32)
  }

  /// Where the standard output goes.
  enum Sink {
    /// Is collected.
    case memory
    /// Into a pipe that nobody has read from yet.
    case descriptor(Int32)
    /// To a terminal, which is the process's own and its standard input too.
    case terminal(Terminal)
  }

  let pid: pid_t
  let output = Collector()
  let errors = Collector()
  private let input: Int32
  private let end = Mutex<End?>(nil)

  init(_ command: [String], output sink: Sink = .memory) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let (inputRead, inputWrite) = try Self.pipe()
    let (errorRead, errorWrite) = try Self.pipe()
    var outputRead: Int32 = -1
    var outputWrite: Int32
    switch sink {
    case .memory: (outputRead, outputWrite) = try Self.pipe()
    case .descriptor(let descriptor): outputWrite = descriptor
    case .terminal(let terminal): outputWrite = terminal.line
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    for (standard, end) in [(0, inputRead), (1, outputWrite), (2, errorWrite)] {
      posix_spawn_file_actions_adddup2(&actions, end, Int32(standard))
    }
    // A shell blocks no signals; the threads that tests run in do.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var flags = Int16(POSIX_SPAWN_SETSIGMASK)
    if case .terminal = sink { flags |= Self.newSession }
    posix_spawnattr_setflags(&attributes, flags)
    if case .terminal(let terminal) = sink {
      // The first terminal that the leader of a session opens is its own.
      posix_spawn_file_actions_addopen(&actions, 0, terminal.path, O_RDWR, 0)
    }
    let arguments = command.map { strdup($0) } + [nil]
    defer { arguments.forEach { free($0) } }
    var child = pid_t()
    let status = Self.inheritance.withLock { _ in
      posix_spawn(&child, command[0], &actions, &attributes, arguments, environ)
    }
    close(inputRead)
    close(errorWrite)
    if case .memory = sink { close(outputWrite) }
    pid = child
    input = inputWrite
    errors.collect(from: errorRead)
    if outputRead >= 0 { output.collect(from: outputRead) }
    guard status == 0 else {
      throw LiveError("cannot start \(command[0]): \(String(cString: strerror(status)))")
    }
  }

  deinit {
    close(input)
    // Without a process the pid is 0, and a signal to 0 goes to this one's group.
    if pid > 0, end.withLock({ $0 }) == nil {
      kill(pid, SIGKILL)
      var status: Int32 = 0
      waitpid(pid, &status, 0)
    }
  }

  /// Tests run side by side: no process may inherit what another one is opening.
  static let inheritance = Mutex(())

  /// `POSIX_SPAWN_SETSID` of <spawn.h>, which Swift's module of the library leaves out.
  private static let newSession: Int16 = 0x80

  static func pipe() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    let made = inheritance.withLock { _ in
      guard Glibc.pipe(&ends) == 0 else { return false }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      return true
    }
    guard made else { throw LiveError("cannot make a pipe") }
    return (ends[0], ends[1])
  }

  /// Writes a line to its standard input.
  func send(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(input, bytes, bytes.count)
  }

  func signal(_ number: Int32) {
    kill(pid, number)
  }

  /// How it ended, or nil where it still runs.
  func poll() -> End? {
    end.withLock { end in
      if let end { return end }
      var status: Int32 = 0
      guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
      end = status & 0x7f == 0 ? .exited(status >> 8 & 0xff) : .killed(status & 0x7f)
      return end
    }
  }

  /// Waits for its end and for all that it wrote.
  @discardableResult
  func wait(seconds: Double = Patience.seconds) throws -> End {
    try waitFor("the end of process \(pid)", seconds: seconds) { self.poll() != nil }
    output.finish()
    errors.finish()
    return poll()!
  }
}

/// Reads a pipe to its end in a thread of its own.
final class Collector: Sendable {
  private let bytes = Mutex<Data>(Data())
  private let done = DispatchSemaphore(value: 0)
  private let isStarted = Mutex(false)

  /// - Parameter isSlow: reads a little at a time.
  func collect(from descriptor: Int32, isSlow: Bool = false) {
    isStarted.withLock { $0 = true }
    Thread.detachNewThread { [self] in
      var room = [UInt8](repeating: 0, count: isSlow ? 1500 : 65536)
      while true {
        if isSlow { usleep(1000) }
        let count = read(descriptor, &room, room.count)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { break }
        bytes.withLock { $0.append(contentsOf: room[..<count]) }
      }
      close(descriptor)
      done.signal()
    }
  }

  var data: Data { bytes.withLock { $0 } }
  var text: String { String(decoding: data, as: UTF8.self) }

  /// Waits for the end of the pipe.
  func finish() {
    guard
      isStarted.withLock({ started in
        defer { started = false }; return started
      })
    else {
      return
    }
    done.wait()
  }
}
