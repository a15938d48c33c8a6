import CLinux
import Glibc

/// A command that a tool starts and traces from its first instruction.
final class Command {
  private var command = linux_command()
  private let name: String
  private var isLetGo = false

  /// Starts the command, which waits.
  ///
  /// - Throws: ``ToolError`` where no process can be made.
  init(_ arguments: [String]) throws {
    name = arguments[0]
    var pointers = arguments.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    let error = linux_start_stopped(&pointers, &command)
    guard error == 0 else {
      throw ToolError(.failure, "cannot start '\(name)': \(ErrorNumber(rawValue: error))")
    }
  }

  deinit {
    guard !isLetGo else { return }
    // The waiting process ends when nobody can let it go any more.
    close(command.go)
    _ = linux_await_command(&command)
  }

  var pid: UInt32 { UInt32(command.pid) }

  /// Becomes readable when the command has ended.
  var ended: Int32 { command.ended }

  /// - Throws: ``ToolError`` where there is no such program.
  func letGo() throws {
    isLetGo = true
    let error = linux_let_go(&command)
    guard error == 0 else {
      _ = linux_await_command(&command)
      let errno = ErrorNumber(rawValue: error)
      throw ToolError(
        errno == .noSuchEntry ? .commandNotFound : .commandNotRunnable,
        "cannot run '\(name)': \(errno)")
    }
  }

  /// Waits for the end.
  ///
  /// - Returns: the status as a shell reports it.
  func status() -> Int32 { linux_await_command(&command) }
}
