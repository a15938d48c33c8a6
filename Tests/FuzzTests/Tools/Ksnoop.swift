import BPFObjects
import TestSupport
import Testing
import Wire

extension FuzzTests {
  @Test func `any record of ksnoop is printed`() throws {
    let functions = [
      "trace", "t:signal_generate(sig, task->comm, info, task, task->prio == 3, *info)",
      "t:sched_process_exit", "vfs_read(file, buf, return)",
    ]
    try fuzz("ksnoop", functions) { numbers in
      record(&numbers, ksnoop_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.call =
          numbers.chance(4) ? numbers.number(UInt32.self) : numbers.number(UInt32.self) % 3
        event.is_return = numbers.chance(4) ? 1 : 0
        event.failed = numbers.chance(2) ? 0 : numbers.number(UInt16.self)
        event.values.0 = numbers.number(Int64.self)
        event.values.1 = numbers.chance(2) ? 80 : numbers.number(Int64.self)
        return numbers.chance(2) ? numbers.text() + numbers.text() : numbers.bytes(0...3000)
      }
    }
  }
}
