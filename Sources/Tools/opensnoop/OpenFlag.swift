import Glibc
import TraceKit

/// A flag of open(2) by its name; the numbers differ between architectures.
enum OpenFlag: String, NamedValue {
  case writeOnly = "O_WRONLY"
  case readWrite = "O_RDWR"
  case create = "O_CREAT"
  case exclusive = "O_EXCL"
  case truncate = "O_TRUNC"
  case append = "O_APPEND"
  case nonBlocking = "O_NONBLOCK"
  case dataSync = "O_DSYNC"
  case directory = "O_DIRECTORY"
  case noFollow = "O_NOFOLLOW"
  case closeOnExec = "O_CLOEXEC"

  var bits: UInt32 {
    let flag =
      switch self {
      case .writeOnly: O_WRONLY
      case .readWrite: O_RDWR
      case .create: O_CREAT
      case .exclusive: O_EXCL
      case .truncate: O_TRUNC
      case .append: O_APPEND
      case .nonBlocking: O_NONBLOCK
      case .dataSync: O_DSYNC
      case .directory: O_DIRECTORY
      case .noFollow: O_NOFOLLOW
      case .closeOnExec: O_CLOEXEC
      }
    return UInt32(bitPattern: flag)
  }
}
