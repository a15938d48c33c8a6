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
    // Files take all of both streams without anybody reading meanwhile.
    let files = [linux_memory_file("output"), linux_memory_file("errors")]
    defer { for file in files where file >= 0 { close(file) } }
    guard files.allSatisfy({ $0 >= 0 }) else { throw .current }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, files[0], STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, files[1], STDERR_FILENO)
    var pointers = arguments.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    var command = linux_command()
    let error = posix_spawn(&command.pid, arguments[0], &actions, nil, &pointers, environ)
    guard error == 0 else { throw ErrorNumber(rawValue: error) }
    status = linux_await_command(&command)
    output = Self.contents(of: files[0])
    errors = Self.contents(of: files[1])
  }

  private static func contents(of file: Int32) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Int(max(lseek(file, 0, SEEK_END), 0)))
    let count = pread(file, &bytes, bytes.count, 0)
    return Array(bytes.prefix(max(count, 0)))
  }
}
