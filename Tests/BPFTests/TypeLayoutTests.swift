import Glibc
import Testing

@testable import BPF

/// How types lie in memory, and how C declares them.
@Suite struct TypeLayoutTests {
  private static func info(_ kind: BTFReader.Kind, _ count: Int = 0, flag: Bool = false) -> UInt32 {
    kind.rawValue << 24 | UInt32(count) | (flag ? 1 << 31 : 0)
  }

  /// A structure with all kinds of members, and a function that takes it.
  private static func sample() -> BTFWriter {
    var writer = BTFWriter()
    let int = writer.add(
      name: "int", info: info(.integer), sizeOrType: 4, tail: [1 << 24 | 32])
    let char = writer.add(name: "char", info: info(.integer), sizeOrType: 1, tail: [1 << 24 | 8])
    let text = writer.add(name: "", info: info(.array), sizeOrType: 0, tail: [char, int, 16])
    let constant = writer.add(name: "", info: info(.const), sizeOrType: char)
    let pointer = writer.add(name: "", info: info(.pointer), sizeOrType: constant)
    let color = writer.add(
      name: "color", info: info(.enumeration, 2), sizeOrType: 4,
      tail: [writer.offset(of: "RED"), 0, writer.offset(of: "BLUE"), 7])
    let callback = writer.add(
      name: "", info: info(.prototype, 2), sizeOrType: int, tail: [0, int, 0, 0])
    let function = writer.add(name: "", info: info(.pointer), sizeOrType: callback)
    // It points to itself: the next number is its own.
    let own = function + 2
    let link = writer.add(name: "", info: info(.pointer), sizeOrType: own)
    let members: [(String, UInt32, UInt32)] = [
      ("next", link, 0), ("text", text, 64), ("low", int, 3 << 24 | 192),
      ("high", int, 5 << 24 | 195), ("color", color, 224), ("name", pointer, 256),
      ("call", function, 320),
    ]
    let tail = members.flatMap { [writer.offset(of: $0.0), $0.1, $0.2] }
    let structure = writer.add(
      name: "sample", info: info(.structure, members.count, flag: true), sizeOrType: 48,
      tail: tail)
    let argument = writer.add(name: "", info: info(.pointer), sizeOrType: structure)
    let prototype = writer.add(
      name: "", info: info(.prototype, 2), sizeOrType: pointer,
      tail: [writer.offset(of: "sample"), argument, writer.offset(of: "color"), color])
    _ = writer.add(name: "look", info: info(.function), sizeOrType: prototype)
    return writer
  }

  private func withTable<Result>(
    _ bytes: [UInt8], _ body: (KernelTypeTable) -> Result
  ) throws -> Result? {
    let path = "/tmp/layout-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL, 0o600)
    try #require(descriptor >= 0)
    defer {
      close(descriptor)
      unlink(path)
    }
    _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    return KernelTypeTable(path: path).map(body)
  }

  private func described(_ layout: TypeLayout) -> [String] {
    guard case .structure(let members) = layout.kind else { return [] }
    return members.map {
      "\($0.layout.name) \($0.name) \($0.bitOffset)" + ($0.bitCount.map { " \($0)" } ?? "")
    }
  }

  @Test func `a structure has its members with their places`() throws {
    let members = try withTable(Self.sample().bytes) { table in
      guard let id = table.find(["sample"], kinds: [.structure]).first?.id else { return [""] }
      var builder = TypeLayoutBuilder(table)
      let layout = builder.layout(of: id, room: 48)
      #expect(layout.name == "struct sample" && layout.size == 48)
      builder = TypeLayoutBuilder(table)
      #expect(described(builder.layout(of: id, room: 24)).count == 2)
      return described(layout)
    }
    #expect(
      members == [
        "struct sample * next 0", "char [16] text 64", "int low 192 3", "int high 195 5",
        "enum color color 224", "const char * name 256", "int (*)(int, ...) call 320",
      ])
  }

  @Test func `a function is declared as in C`() throws {
    let declaration = try withTable(Self.sample().bytes) {
      KernelPrototype(function: "look", in: $0)?.declaration
    }
    #expect(declaration == "const char *look(struct sample *sample, enum color color)")
  }

  @Test func `broken types give other layouts and never a crash`() throws {
    let whole = Self.sample().bytes
    var numbers = SystemRandomNumberGenerator()
    for round in 0..<2000 {
      var bytes = whole
      if round % 8 == 0 { bytes.removeLast(Int.random(in: 0...whole.count, using: &numbers)) }
      for _ in 0..<Int.random(in: 1...6, using: &numbers) where bytes.count > 24 {
        bytes[Int.random(in: 24..<bytes.count, using: &numbers)] = .random(
          in: 0 ... .max, using: &numbers)
      }
      _ = try withTable(bytes) { table in
        for id in table.find(["sample", "look", "color"], kinds: [.structure, .function]).map(\.id)
          + [1, 2, 3, 5, 9, 1 << 20]
        {
          var builder = TypeLayoutBuilder(table)
          let layout = builder.layout(of: id, room: 1024)
          #expect(layout.name.utf8.count < 16384)
        }
        _ = KernelPrototype(function: "look", in: table)
      }
    }
  }

  @Test func `the running kernel declares what user space is promised`() throws {
    guard KernelFeatures.hasTypes else { return }
    let signal = try #require(KernelPrototype(tracepoint: "signal_generate"))
    #expect(signal.parameters.map(\.name) == ["sig", "info", "task", "group", "result"])
    #expect(signal.result == nil)
    #expect(
      signal.declaration
        == "void signal_generate(int sig, struct kernel_siginfo *info, "
        + "struct task_struct *task, int group, int result)")
    let read = try #require(KernelPrototype(function: "vfs_read"))
    #expect(read.parameters.map(\.type.name) == ["struct file *", "char *", "size_t", "loff_t *"])
    #expect(read.result?.name == "ssize_t")
    #expect(KernelPrototype(function: "no_such_function") == nil)
    #expect(KernelPrototype(tracepoint: "no_such_tracepoint") == nil)
  }
}
