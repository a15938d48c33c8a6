import Testing
import Wire

@testable import TraceKit

/// What users ask of calls of functions, and which calls are shown.
@Suite struct SnoopedCallTests {
  static let hasTypes = KernelType(structure: "task_struct") != nil
  static let programs = SnoopedCalls.Programs(
    tracepoint: "t", begin: "b", end: "e", typedBegin: "tb", typedEnd: "te")

  private func calls(
    _ texts: [String], inOrder: Bool = false
  ) throws -> SnoopedCalls {
    try SnoopedCalls(
      texts.map(CallQuestion.init), Self.programs, textSize: 80, memorySize: 1024,
      inOrder: inOrder)
  }

  private func described(_ side: CallSide?) -> [String] {
    (side?.items ?? []).map { item in
      switch item.kind {
      case .value: "\(item.label): \(item.type)"
      case .memory(let size, let offset): "\(item.label): \(item.type) \(offset)+\(size)"
      case .text(let number): "\(item.label): \(item.type) text \(number)"
      }
    }
  }

  private func refusal(_ text: String) -> String {
    do {
      _ = try calls([text])
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test(.enabled(if: hasTypes)) func `values have the types of the kernel`() throws {
    let call = try calls([
      "vfs_read(file->f_path.dentry->d_name.name, file->f_path.dentry->d_hash, buf, count > 3, "
        + "*pos, return)"
    ]).calls[0]
    #expect(
      described(call.begin) == [
        "file->f_path.dentry->d_name.name: const unsigned char * text 0",
        "file->f_path.dentry->d_hash: struct hlist_bl_node 160+16", "buf: char * text 1",
        "count: size_t", "*pos: loff_t",
      ])
    #expect(described(call.end) == ["return: ssize_t"])
    #expect(call.begin?.hasTest == true && call.end?.hasTest == false && call.tellsAll)
    let wire = try #require(call.begin).wire(eventSize: 100)
    #expect(wire.event_size == 276 && wire.is_shown == 1)
    #expect(wire.copy.1.size == 16 && wire.copy.1.offset == 160 && wire.copy.0.size == 0)
  }

  @Test(.enabled(if: hasTypes)) func `without a list there is all`() throws {
    let call = try calls(["vfs_read"]).calls[0]
    #expect(call.begin?.items.map(\.label) == ["file", "buf", "count", "pos"])
    #expect(call.end?.items.map(\.label) == ["return"] && !call.tellsAll && call.words == 4)
    let point = try calls(["t:signal:signal_generate"]).calls[0]
    #expect(point.begin?.items.map(\.label) == ["sig", "info", "task", "group", "result"])
    #expect(point.end == nil && point.isTracepoint && point.name == "signal_generate")
    let own = try calls(["vmlinux:vfs_read"]).calls[0]
    #expect(own.name == "vfs_read" && own.words == 4)
    let none = try calls(["vfs_read()"]).calls[0]
    #expect(none.begin?.items.isEmpty == true && none.end == nil)
  }

  @Test(
    .enabled(if: hasTypes),
    arguments: [
      ("vfs_read(", "column 10"), ("vfs_read(file", "needs ')'"),
      ("vfs_read(file) x", "nothing can follow"),
      ("vfs_read(nosuch)", "it has file, buf, count, pos"), ("vfs_read(file->nosuch)", "column 16"),
      ("vfs_read(count + return)", "both the arguments"),
      ("t:signal_generate(return)", "returns nothing"),
      ("vfs read", "values in parentheses"), ("x:y:z", "t:CATEGORY:EVENT"), ("t:", "missing"),
      ("no_module:vfs_read", "loaded module 'no_module'"), (":vfs_read", "missing"),
      ("vmlinux:no_function", "the kernel's types"), ("no_function", "and of its modules"),
      ("", "missing"),
      ("vfs_read(count = 3)", "equality"), ("t:a:b:c", "t:CATEGORY:EVENT"), ("a/b", "letters"),
      ("vfs_read(pos,pos,pos,pos,pos,pos,pos,pos,pos)", "at most 8"),
    ])
  func `what means nothing is refused with its place`(text: String, words: String) {
    #expect(refusal(text).contains(words), "\(refusal(text))")
  }

  // MARK: Order

  private struct Event: SnoopedEvent, BitwiseCopyable {
    var header = event_header()
    var call: UInt32 = 0
    var is_return: UInt8 = 0
    var is_shown: UInt8 = 1
    var failed: UInt16 = 0
    var values: Int64 = 0
  }

  /// What is shown of events, which have their numbers.
  ///
  /// - Parameter events: the letter of a function, large at its return, with a `-` before it where
  ///   it does not pass, and the number of a task before that.
  private func shown(_ events: String, of calls: SnoopedCalls) throws -> String {
    let order = try #require(CallOrder<Event>(calls))
    var shown = ""
    for word in events.split(separator: " ") {
      var event = Event()
      let letter = word.last!
      event.header.tid = UInt32(String(word.prefix { $0.isNumber })) ?? 1
      event.is_return = letter.isUppercase ? 1 : 0
      event.call = UInt32(letter.lowercased().utf8.first! - UInt8(ascii: "a"))
      event.is_shown = word.contains("-") ? 0 : 1
      withUnsafeBytes(of: event) { order.take($0.bytes) }
      while let next = order.next() {
        let event = next.withUnsafeBytes { $0.loadUnaligned(as: Event.self) }
        let name = ["a", "b", "c"][Int(event.call)]
        shown += event.isReturn ? name.uppercased() : name
      }
    }
    #expect(order.withheld == UInt64(events.split(separator: " ").count - shown.count))
    return shown
  }

  @Test(.enabled(if: hasTypes)) func `a begin is shown with a return that passes`() throws {
    let calls = try calls(["vfs_read(count, return > 0)"])
    #expect(try shown("a A a -A a A", of: calls) == "aAaA")
    // A call within a call, and one whose begin was not seen.
    #expect(try shown("a a -A A", of: calls) == "aA")
    #expect(try shown("A a A", of: calls) == "AaA")
    #expect(try shown("1a 2a 1-A 2A", of: calls) == "aA")
  }

  @Test(.enabled(if: hasTypes)) func `a return is shown where its begin passed`() throws {
    let calls = try calls(["vfs_read(count > 3, return)"])
    #expect(try shown("a A -a A a A", of: calls) == "aAaA")
    #expect(try shown("-a a A A A", of: calls) == "aA")
  }

  @Test(.enabled(if: hasTypes)) func `functions are shown in the order of their calls`() throws {
    let calls = try calls(["vfs_read", "vfs_write", "vfs_rmdir"], inOrder: true)
    #expect(try shown("a b c C B A", of: calls) == "abcCBA")
    #expect(try shown("a b B A c C", of: calls) == "")
    #expect(try shown("b a c C A B", of: calls) == "")
    #expect(try shown("1a 2b 1b 2c 1c 2C 1C 1B 1A", of: calls) == "abcCBA")
    #expect(try shown("a -b c C B A a b c", of: calls) == "abc")
    // The last one is called twice.
    #expect(try shown("a b c C c C B A", of: calls) == "abcCcCBA")
    #expect(throws: ToolError.self) { try self.calls(["vfs_read"], inOrder: true) }
    #expect(throws: ToolError.self) { try self.calls(["vfs_read", "vfs_read"], inOrder: true) }
    #expect(throws: ToolError.self) {
      try self.calls(["vfs_read", "t:signal_generate"], inOrder: true)
    }
  }

  @Test(.enabled(if: hasTypes)) func `calls that never return are forgotten`() throws {
    let calls = try calls(["vfs_read(count, return > 0)"])
    let order = try #require(CallOrder<Event>(calls))
    var event = Event()
    for number in 0..<100_000 {
      event.header.tid = UInt32(number / 2 + 1)
      withUnsafeBytes(of: event) { order.take($0.bytes) }
    }
    #expect(order.withheld == 100_000 && order.forgotten > 80_000)
  }
}
