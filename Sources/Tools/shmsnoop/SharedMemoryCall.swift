import BPFObjects
import TraceKit

/// The arguments of a call by their names; nil for those that it does not have.
struct SharedMemoryCall {
  private(set) var key: UInt64?
  private(set) var size: UInt64?
  private(set) var segment: Int32?
  private(set) var address: UInt64?
  private(set) var flags: UInt32?
  private(set) var command: UInt32?
  private(set) var buffer: UInt64?
  private let call: String

  init(_ event: shmsnoop_event) {
    let (first, second, third) = event.arguments
    call = SystemCalls.name(of: event.number) ?? ""
    switch call {
    case "shmget":
      (key, size) = (first & 0xffff_ffff, second)
      flags = UInt32(truncatingIfNeeded: third)
    case "shmat":
      (segment, address) = (Int32(truncatingIfNeeded: first), second)
      flags = UInt32(truncatingIfNeeded: third)
    case "shmdt": address = first
    case "shmctl":
      segment = Int32(truncatingIfNeeded: first)
      (command, buffer) = (UInt32(truncatingIfNeeded: second), third)
    default: break
    }
  }

  /// linux/shm.h, linux/ipc.h and asm-generic/hugetlb_encode.h
  private static let creation = FlagNames([
    (0o1000, "IPC_CREAT"), (0o2000, "IPC_EXCL"), (0o4000, "SHM_HUGETLB"),
    (0o10000, "SHM_NORESERVE"),
  ])
  private static let attachment = FlagNames([
    (0o10000, "SHM_RDONLY"), (0o20000, "SHM_RND"), (0o40000, "SHM_REMAP"),
    (0o100000, "SHM_EXEC"),
  ])
  private static let commands: [UInt32: String] = [
    0: "IPC_RMID", 1: "IPC_SET", 2: "IPC_STAT", 3: "IPC_INFO", 11: "SHM_LOCK", 12: "SHM_UNLOCK",
    13: "SHM_STAT", 14: "SHM_INFO", 15: "SHM_STAT_ANY",
  ]

  /// The command by its name, or its number.
  var commandName: String? { command.map { Self.commands[$0] ?? "\($0)" } }

  /// The flags by their names, with the permissions of a new segment in octal.
  var flagNames: String? {
    guard let flags else { return nil }
    guard call == "shmget" else { return Self.attachment.text(UInt64(flags)) }
    let mode = flags & 0o777
    let (names, rest) = Self.creation.named(in: UInt64(flags & ~0o777))
    // log2 of the size of huge pages
    let pages = rest >> 26 == 0 ? [] : ["\(rest >> 26)<<SHM_HUGE_SHIFT"]
    let other = rest & 0x3ff_ffff
    let unnamed = other == 0 ? [] : [hexadecimal(other)]
    return (names + pages + unnamed + ["0" + padded(String(mode, radix: 8))])
      .joined(separator: "|")
  }

  private func padded(_ digits: String) -> String {
    String(repeating: "0", count: max(0, 3 - digits.count)) + digits
  }

  /// All of them on one line.
  var line: String {
    var parts: [String] = []
    if let key { parts.append("key: \(hexadecimal(key))") }
    if let size { parts.append("size: \(size)") }
    if let segment { parts.append("shmid: \(hexadecimal(UInt32(bitPattern: segment)))") }
    if let address { parts.append("shmaddr: \(hexadecimal(address))") }
    if let flags, let flagNames {
      let names = flags == 0 && call == "shmat" ? "" : " (\(flagNames))"
      parts.append("shmflg: \(hexadecimal(flags))\(names)")
    }
    if let command {
      let name = Self.commands[command].map { " (\($0))" } ?? ""
      parts.append("cmd: \(command)\(name)")
    }
    if let buffer { parts.append("buf: \(hexadecimal(buffer))") }
    return parts.joined(separator: ", ")
  }
}

func hexadecimal(_ number: some BinaryInteger) -> String { "0x" + String(number, radix: 16) }
