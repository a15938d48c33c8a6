import Foundation

/// A file system on a disk of its own, mounted where nobody else looks.
final class MountedDisk {
  /// Those that are made on a disk here.
  static let types = ["ext4", "xfs", "btrfs"]

  let path: String
  let disk: LoopDisk?

  /// - Parameter type: as mount(8) names it; tmpfs needs no disk.
  init(_ type: String) throws {
    path = "/tmp/live-mount-\(getpid())-\(UInt32.random(in: 0..<UInt32.max))"
    disk = type == "tmpfs" ? nil : try LoopDisk(megabytes: 512)
    let source = disk?.path ?? "nothing"
    if disk != nil {
      let quiet = type == "ext4" ? ["-q", "-E", "lazy_itable_init=0,lazy_journal_init=0"] : ["-q"]
      try Self.run("/usr/sbin/mkfs.\(type)", quiet + [source])
    }
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    guard mount(source, path, type, UInt(MS_NOATIME), nil) == 0 else {
      throw LiveError("cannot mount \(type): \(String(cString: strerror(errno)))")
    }
  }

  deinit {
    umount2(path, Int32(MNT_DETACH))
    rmdir(path)
  }

  /// Makes whoever writes there wait.
  func freeze() throws { try control(0xc004_5877, "freeze") }

  func thaw() throws { try control(0xc004_5878, "thaw") }

  /// Lets a workload do its work, of which the first write waits for 200 milliseconds.
  func run(delaying workload: Workload) throws {
    try freeze()
    workload.go()
    try waitFor("the write to wait") {
      try String(contentsOfFile: "/proc/\(workload.pid)/stat", encoding: .utf8).contains(") D ")
    }
    usleep(200_000)
    try thaw()
    try workload.finish()
  }

  private func control(_ request: UInt, _ what: String) throws {
    let directory = open(path, O_RDONLY)
    defer { close(directory) }
    guard directory >= 0, ioctl(directory, request, 0) == 0 else {
      throw LiveError("cannot \(what) \(path): \(String(cString: strerror(errno)))")
    }
  }

  private static func run(_ program: String, _ arguments: [String]) throws {
    let process = try Subprocess([program] + arguments)
    guard try process.wait() == .exited(0) else {
      throw LiveError("\(program) failed: \(process.errors.text)")
    }
  }
}
