import TestSupport
import Testing
import Wire

@testable import TraceKit

/// What users ask of calls, and what these pass.
extension FuzzTests {
  private static let calls = [
    "vfs_read(file->f_path.dentry->d_name.name, count > 100 && pos != 0, *pos, return < 0)",
    "t:signal:signal_generate(sig == 10, info->si_code, STRCMP(\"x\", task->comm) != 0)",
    "t:sched_process_exit(((struct task_struct *)p)->real_parent->comm, p->comm[3], &p->pid)",
  ]
  private static let parts = [
    "(", ")", ",", "->", ".", "*", "&", "!", "[", "]", "==", "<", "&&", "return", "0x", "\"", "t:",
    "file", "task", "->comm", "$task", "$pid", "(int)", "(struct sock *)", "é", "\u{0}", " ",
  ]

  private static let programs = SnoopedCalls.Programs(
    tracepoint: "t", begin: "b", end: "e", typedBegin: "tb", typedEnd: "te")

  @Test func `any call is understood or refused in one sentence`() throws {
    try Fuzz.run("calls") { numbers in
      for _ in 0..<10 {
        var text = Array(Self.calls.randomElement(using: &numbers)!)
        for _ in 0..<Int.random(in: 0...5, using: &numbers) {
          let place = Int.random(in: 0...text.count, using: &numbers)
          let end = Int.random(in: place...text.count, using: &numbers)
          switch Int.random(in: 0..<3, using: &numbers) {
          case 0: text.removeSubrange(place..<min(end, place + 4))
          case 1: text.insert(contentsOf: text[place..<min(end, place + 40)], at: place)
          default:
            text.insert(contentsOf: Self.parts.randomElement(using: &numbers)!, at: place)
          }
        }
        do {
          let calls = try SnoopedCalls(
            [CallQuestion(String(text))], Self.programs, textSize: 80, memorySize: 1024,
            inOrder: false)
          for side in [calls.calls[0].begin, calls.calls[0].end].compactMap({ $0 }) {
            let wire = side.wire(eventSize: 0)
            try require(
              side.items.count <= VALUE_RESULTS && wire.values.steps <= VALUE_STEPS
                && wire.event_size < 16384, "a program of \(String(text)) is too long")
          }
        } catch let error as ToolError {
          try require([.usage, .unavailable].contains(error.status), "\(String(text)): \(error)")
        }
      }
    }
  }

  @Test func `any bytes are a value of any type of the kernel`() throws {
    let names = [
      "task_struct", "sock", "sk_buff", "dentry", "inode", "bpf_map", "net_device", "mm_struct",
      "page", "super_block", "pt_regs", "kernel_siginfo", "iphdr", "new_utsname",
    ]
    let types = names.compactMap { KernelType(structure: $0) }
    guard !types.isEmpty else { return }
    try Fuzz.run("values") { numbers in
      let layout = types.randomElement(using: &numbers)!.layout(room: 4096)
      for _ in 0..<5 {
        let bytes = numbers.chance(2) ? numbers.bytes(0...4096) : numbers.bytes(0...300)
        let out = OutputBuffer(capacity: 16)
        bytes.withUnsafeBytes { bytes in
          TypedValueText(out: out, isMultiline: false)
            .write(.memory(bytes), layout, indent: 0)
        }
        out.append("\n" as StaticString)
        try Check.table(out.withBytes { Array($0) }, lines: 1)
        out.removeAll()
        out.append("{\"value\":" as StaticString)
        bytes.withUnsafeBytes { TypedValueJSON(out: out).write(.memory($0), layout) }
        out.append("}\n" as StaticString)
        _ = try Check.json(out.withBytes { Array($0) }, lines: 1)
      }
    }
  }

  /// An event of a call, as ksnoop has them.
  private struct CallEvent: SnoopedEvent {
    var header = event_header()
    var call: UInt32 = 0
    var is_return: UInt8 = 0
    var is_shown: UInt8 = 1
    var failed: UInt16 = 0
    var values: (Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64) = (3, 5, 0, 1, 2, 9, 4, 7)
  }

  @Test func `a damaged recording shows calls in whole lines, or none`() throws {
    let calls = try SnoopedCalls(
      ["vfs_read(file, *pos, return)", "t:signal:signal_generate(info, task->comm, sig)"]
        .map(CallQuestion.init), Self.programs, textSize: 80, memorySize: 1024, inOrder: false)
    let recorded = calls.recorded
    try Fuzz.run("recorded calls") { numbers in
      var bytes = recorded
      for _ in 0..<Int.random(in: 1...3, using: &numbers) {
        let place = Int.random(in: 0..<bytes.count, using: &numbers)
        switch Int.random(in: 0..<3, using: &numbers) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &numbers)
        case 1: bytes.removeSubrange(place..<min(place + 4, bytes.count))
        default:
          bytes.replaceSubrange(
            place..<min(place + 4, bytes.count),
            with: [[0, 0, 0, 0], [255, 255, 255, 255], [255, 255, 255, 127], [1, 0, 0, 0]]
              .randomElement(using: &numbers)!)
        }
      }
      guard let read = SnoopedCalls(recorded: bytes) else { return }
      let tail = numbers.bytes(0...2048)
      for call in read.calls {
        var event = CallEvent()
        event.is_return = numbers.chance(2) ? 1 : 0
        event.values.0 = Int64.random(in: .min ... .max, using: &numbers)
        let out = OutputBuffer(capacity: 16)
        try tail.withUnsafeBytes { tail in
          let values = CallValues(event, call, tail)
          values.writeText(call.name, isMultiline: false, to: out)
          out.append("\n" as StaticString)
          try Check.table(out.withBytes { Array($0) }, lines: 1)
          out.removeAll()
          out.append("{\"value\":" as StaticString)
          values.writeJSON(to: out)
          out.append("}\n" as StaticString)
          _ = try Check.json(out.withBytes { Array($0) }, lines: 1)
        }
      }
    }
  }

  /// An event of a probe, as trace has them.
  private struct MessageEvent: TraceEvent, AskedEvent {
    var header = event_header()
    var probe: UInt32 = 0
    var place: UInt32 = 1
    var values: (Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64) = (3, 5, 9, 1, 2, 9, 4, 7)
    var stacks = event_stacks()
  }

  @Test func `damaged probes of a recording are passed over`() throws {
    let probes = try AskedProbes(
      ["c:getp?id (arg1 > 3) \"%d of %s\", arg1, arg2", "r:c:getuid"], of: nil, only: nil,
      textSize: 20, comparesBytes: false, readsTypes: false, function: "f", tracepoint: "t")
    let recorded = probes.recorded
    try Fuzz.run("recorded probes") { numbers in
      var bytes = recorded
      for _ in 0..<Int.random(in: 1...9, using: &numbers) {
        bytes[Int.random(in: 0..<bytes.count, using: &numbers)] =
          UInt8.random(in: 0...255, using: &numbers)
      }
      guard let read = AskedProbes(recorded: bytes) else { return }
      let messages = AskedMessages(read, tool: "trace")
      for probe in read.asked.indices {
        var event = MessageEvent()
        event.probe = UInt32(probe)
        let tail = numbers.bytes(0...200)
        let whole = withUnsafeBytes(of: event) { Array($0) } + tail
        whole.withUnsafeBytes { bytes in
          let record = Record<MessageEvent>(bytes.bytes)
          _ = (messages.name(of: record.event), messages.message(of: record))
        }
      }
    }
  }
}
