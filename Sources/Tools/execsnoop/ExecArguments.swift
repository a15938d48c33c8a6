import BPFObjects
import TraceKit

/// The command line of an exec as its caller wrote it: the path, and after it
/// the arguments without the name in their first place.
enum ExecArguments {
  typealias List = [UnsafeRawBufferPointer]

  static func with<Result>(
    _ record: borrowing Record<execsnoop_event>, limit: Int, _ body: (List, Bool) -> Result
  ) -> Result {
    let event = record.event
    let pathSize = Int(event.path_size)
    return record.withTail(count: pathSize + Int(event.args_size)) { bytes in
      let path = UnsafeRawBufferPointer(rebasing: bytes[..<min(pathSize, bytes.count)]).upToNUL
      let arguments = split(UnsafeRawBufferPointer(rebasing: bytes[path.count...].dropFirst()))
      let own = arguments.dropFirst(ownArgument(path, arguments, event))
      let isCut = Int32(event.flags) & EXEC_CUT != 0 || own.count + 1 > limit
      return body([path] + own.prefix(limit - 1), isCut)
    }
  }

  static func isCut(_ record: borrowing Record<execsnoop_event>, limit: Int) -> Bool {
    with(record, limit: limit) { $1 }
  }

  static func text(_ record: borrowing Record<execsnoop_event>, limit: Int) -> [UInt8] {
    with(record, limit: limit) { arguments, _ in
      Array(arguments.map { Array($0) }.joined(separator: CollectionOfOne(UInt8(ascii: " "))))
    }
  }

  /// Where the caller's second argument starts. The kernel replaces the name of
  /// a script by the interpreter, its argument and the script's path, once for
  /// each interpreter that is a script itself (binfmt_script.c).
  private static func ownArgument(
    _ path: UnsafeRawBufferPointer, _ arguments: List, _ event: execsnoop_event
  ) -> Int {
    guard Int32(event.flags) & EXEC_SCRIPT != 0 else { return 1 }
    let script = arguments.firstIndex { $0.elementsEqual(path) }
    return (script ?? 0) + 1
  }

  private static func split(_ bytes: UnsafeRawBufferPointer) -> List {
    var rest = bytes
    var parts: List = []
    while !rest.isEmpty {
      let part = rest.upToNUL
      parts.append(part)
      rest = UnsafeRawBufferPointer(rebasing: rest[part.count...].dropFirst())
    }
    return parts
  }
}
