import CLinux
import Glibc

/// A process that ran to its end, with all that it wrote.
public struct EndedProcess {
  public let output: [UInt8]
  public let errors: [UInt8]
  /// As a shell reports it.
  public let status: Int32

  /// Runs a program with nothing to read, and waits for its end.
  ///
  /// - Parameter arguments: the path of the program, and its arguments.
  /// - Throws: `ErrorNumber` if it cannot be started.
  public init(_ arguments: [String]) throws(ErrorNumber) {
    self = try StartedProcess(arguments).ended()
  }

  fileprivate init(output: [UInt8], errors: [UInt8], status: Int32) {
    self.output = output
    self.errors = errors
    self.status = status
  }
}

/// A process with nothing to read, which may run while others are started.
public final class StartedProcess {
  private var command = linux_command()
  // Files take all of both streams without anybody reading meanwhile.
  private let output: OwnedDescriptor
  private let errors: OwnedDescriptor

  /// Starts a program.
  ///
  /// - Parameter arguments: the path of the program, and its arguments.
  /// - Throws: `ErrorNumber` if it cannot be started.
  public init(_ arguments: [String]) throws(ErrorNumber) {
    guard let output = OwnedDescriptor(linux_memory_file("output")),
      let errors = OwnedDescriptor(linux_memory_file("errors"))
    else { throw .current }
    self.output = output
    self.errors = errors
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output.number, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, errors.number, STDERR_FILENO)
    var pointers = arguments.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    let error = posix_spawn(&command.pid, arguments[0], &actions, nil, &pointers, environ)
    guard error == 0 else { throw ErrorNumber(rawValue: error) }
  }

  /// Waits for its end; asked once.
  public func ended() -> EndedProcess {
    let status = linux_await_command(&command)
    return EndedProcess(
      output: Self.contents(of: output.number), errors: Self.contents(of: errors.number),
      status: status)
  }

  private static func contents(of file: Int32) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Int(max(lseek(file, 0, SEEK_END), 0)))
    let count = pread(file, &bytes, bytes.count, 0)
    return Array(bytes.prefix(max(count, 0)))
  }
}
