import BPF
import Glibc
import Wire

/// A process that is there when a tool starts, and how much of the CPUs it has used.
struct PresentProcess {
  let pid: UInt32
  /// What `unwind_image()` makes of its address space.
  let image: UInt64
  /// Whether it, or a thread of it, has the name that is asked for; true where none is.
  fileprivate(set) var isNamed: Bool
  /// What it has used of the CPUs, in nanoseconds; other threads than its first one count from
  /// a tick on.
  fileprivate(set) var runtime: UInt64

  var isIdle: Bool { runtime < Self.tick }

  /// By which proc counts, on all architectures that the collection knows, in nanoseconds.
  private static let tick: UInt64 = 10_000_000
  /// A list of two hundred thousand.
  private static let mostBytes = 200_000 * MemoryLayout<listed_task>.size

  /// All, first those with a name, of these first those that have used the CPUs most.
  ///
  /// - Parameters:
  ///   - name: what the name of a process or thread is to contain; nil: any does.
  ///   - end: when to stop reading proc, where the kernel does not list tasks itself.
  static func all(named name: String?, until end: UInt64) -> [PresentProcess] {
    let found = (try? listed(named: name)) ?? read(named: name, until: end)
    return found.sorted {
      ($0.isNamed ? 1 : 0, $0.runtime) > ($1.isNamed ? 1 : 0, $1.runtime)
    }
  }

  /// As the kernel lists them, without a look at each in proc.
  static func listed(named name: String?) throws(BPFError) -> [PresentProcess] {
    var object = try OpenObject(ObjectImage(tasks_image()))
    try object.setVariable(
      "config",
      to: tasks_config(least_ns: tick, pid_namespace: PIDNamespace.own, padding: 0))
    let output = try object.load().output(ofIterator: "list_tasks", atMost: mostBytes)
    let size = MemoryLayout<listed_task>.size
    var found: [UInt32: PresentProcess] = [:]
    unsafe output.withUnsafeBytes { bytes in
      for start in stride(from: 0, through: bytes.count - size, by: size) {
        let task = unsafe bytes.loadUnaligned(fromByteOffset: start, as: listed_task.self)
        add(task, named: name, to: &found)
      }
    }
    found[UInt32(getpid())] = nil
    return Array(found.values)
  }

  private static func add(
    _ task: listed_task, named name: String?, to found: inout [UInt32: PresentProcess]
  ) {
    guard task.pid != 0 else { return }
    let comm = withUnsafeBytes(of: task.comm) { String(decoding: $0.upToNUL, as: UTF8.self) }
    let isNamed = name.map { comm.contains($0) } ?? true
    guard var process = found[task.pid] else {
      found[task.pid] = PresentProcess(
        pid: task.pid, image: task.image, isNamed: isNamed, runtime: task.runtime_ns)
      return
    }
    process.isNamed = process.isNamed || isNamed
    process.runtime &+= task.runtime_ns
    found[task.pid] = process
  }

  /// As proc shows them.
  static func read(named name: String?, until end: UInt64) -> [PresentProcess] {
    var found: [PresentProcess] = []
    for pid in Processes.all() where pid != UInt32(getpid()) && EventClock.now < end {
      let fields = Processes.stat(of: pid, [14, 15, 26, 27, 28])
      guard let fields, fields[4] != 0 else { continue }
      let runtime = (fields[0] &+ fields[1]) &* tick
      let comm = name == nil ? nil : File.contents(of: "/proc/\(pid)/comm")
      let isNamed = name.map { comm?.contains($0) == true } ?? true
      found.append(
        PresentProcess(
          pid: pid, image: unwind_image(fields[2], fields[3], fields[4]), isNamed: isNamed,
          runtime: runtime))
    }
    return found
  }
}
