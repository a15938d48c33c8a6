import Glibc
import Testing

@testable import BPF

/// The types of modules, which are counted on from the kernel's.
@Suite struct ModuleTypesTests {
  /// Makes the types of a module as the kernel shows them.
  private struct Module {
    private var types: [UInt32] = []
    private var strings: [UInt8] = []
    private var nextID: UInt32
    private let firstString: UInt32

    init(after kernel: KernelTypeTable) {
      var count: UInt32 = 1
      _ = kernel.types.forEachType { _, _, _ in count += 1 }
      nextID = count
      firstString = UInt32(kernel.types.stringsSize)
    }

    mutating func offset(of name: String) -> UInt32 {
      defer { strings += name.utf8 + [0] }
      return firstString + UInt32(strings.count)
    }

    mutating func add(
      _ name: UInt32, _ info: UInt32, _ sizeOrType: UInt32, _ tail: [UInt32] = []
    ) -> UInt32 {
      types += [name, info, sizeOrType] + tail
      defer { nextID += 1 }
      return nextID
    }

    var bytes: [UInt8] {
      let header = BTFWriter.header(
        typesSize: UInt32(types.count * 4), stringsSize: UInt32(strings.count))
      return (header + types).withUnsafeBytes { Array($0) } + strings
    }
  }

  private static func info(_ kind: BTFReader.Kind, _ count: Int = 0) -> UInt32 {
    kind.rawValue << 24 | UInt32(count)
  }

  /// `int`, `struct task *` and a function of it, and where the name "state" stands.
  private static func kernel() throws -> (
    table: KernelTypeTable, int: UInt32, task: UInt32, state: UInt32
  ) {
    var writer = BTFWriter()
    let int = writer.add(name: "int", info: info(.integer), sizeOrType: 4, tail: [1 << 24 | 32])
    let state = writer.offset(of: "state")
    let task = writer.add(
      name: "task", info: info(.structure, 1), sizeOrType: 4, tail: [state, int, 0])
    let pointer = writer.add(name: "", info: info(.pointer), sizeOrType: task)
    let prototype = writer.add(
      name: "", info: info(.prototype, 1), sizeOrType: int,
      tail: [writer.offset(of: "task"), pointer])
    for name in ["look", "wake"] {
      _ = writer.add(name: name, info: info(.function), sizeOrType: prototype)
    }
    let descriptor = try #require(writer.makeFile())
    defer { close(descriptor) }
    return (try #require(KernelTypeTable(path: "/proc/self/fd/\(descriptor)")), int, pointer, state)
  }

  /// `struct own`, functions of it, one with the name of one of the kernel's, and a tracepoint.
  private static func module() throws -> (kernel: KernelTypeTable, bytes: [UInt8]) {
    let (kernel, int, task, state) = try kernel()
    var module = Module(after: kernel)
    let own = module.add(
      module.offset(of: "own"), info(.structure, 2), 16,
      [state, int, 0, module.offset(of: "owner"), task, 64])
    let pointer = module.add(0, info(.pointer), own)
    let prototype = module.add(
      0, info(.prototype, 2), int,
      [module.offset(of: "file"), pointer, module.offset(of: "by"), task])
    for name in ["own_open", "wake"] {
      _ = module.add(module.offset(of: name), info(.function), prototype)
    }
    let anything = module.add(0, info(.pointer), 0)
    let program = module.add(0, info(.prototype, 2), 0, [0, anything, 0, pointer])
    let target = module.add(0, info(.pointer), program)
    _ = module.add(module.offset(of: "btf_trace_own_event"), info(.typedef), target)
    return (kernel, module.bytes)
  }

  @Test func `a function of a module has its types and the kernel's`() throws {
    let (kernel, bytes) = try Self.module()
    let table = try #require(KernelTypeTable(kernel, module: "own", types: bytes))
    let open = try #require(KernelPrototype(function: "own_open", in: table))
    #expect(open.declaration == "int own_open(struct own *file, struct task *by)")
    #expect(open.module == "own" && open.parameters.allSatisfy { $0.type.module == "own" })
    let event = try #require(KernelPrototype(tracepoint: "own_event", in: table))
    #expect(event.declaration == "void own_event(struct own *arg1)")
    #expect(event.parameters.count == 1)

    let own = try #require(table.find(["own"], kinds: [.structure]).first?.id)
    var builder = TypeLayoutBuilder(table)
    guard case .structure(let members) = builder.layout(of: own, room: 16).kind else {
      Issue.record("a structure has members")
      return
    }
    #expect(members.map(\.name) == ["state", "owner"])
    #expect(members.map(\.layout.name) == ["int", "struct task *"])
  }

  @Test func `of two functions of a name the module's is found, and none of the kernel's`() throws {
    let (kernel, bytes) = try Self.module()
    let table = try #require(KernelTypeTable(kernel, module: "own", types: bytes))
    #expect(
      KernelPrototype(function: "wake", in: table)?.declaration
        == "int wake(struct own *file, struct task *by)")
    #expect(
      KernelPrototype(function: "wake", in: kernel)?.declaration == "int wake(struct task *task)")
    #expect(KernelPrototype(function: "look", in: table) == nil)
  }

  @Test func `the modules that have a name are found`() throws {
    let (kernel, bytes) = try Self.module()
    let folder = "/tmp/modules-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    try #require(mkdir(folder, 0o700) == 0)
    let files = ["vmlinux": bytes, "own": bytes, "empty": [], "cut": bytes.dropLast(), "a": bytes]
    defer {
      for name in files.keys { unlink("\(folder)/\(name)") }
      rmdir(folder)
    }
    for (name, bytes) in files {
      let file = open("\(folder)/\(name)", O_WRONLY | O_CREAT | O_EXCL, 0o600)
      try #require(file >= 0)
      #expect(Array(bytes).withUnsafeBytes { write(file, $0.baseAddress, $0.count) } == bytes.count)
      close(file)
    }
    func modules(_ name: String, _ kinds: Set<BTFReader.Kind>) -> [String] {
      ModuleTypes.modules(with: name, kinds: kinds, after: kernel, in: folder)
    }
    #expect(modules("own_open", [.function]) == ["a", "own"])
    #expect(modules("btf_trace_own_event", [.typedef]) == ["a", "own"])
    #expect(modules("own_open", [.typedef]).isEmpty && modules("look", [.function]).isEmpty)
    #expect(ModuleTypes.bytes(of: "own", in: folder) == bytes)
    for name in ["vmlinux", "", "..", "../\(folder)/own", "none"] {
      #expect(ModuleTypes.bytes(of: name, in: folder) == nil, "\(name)")
    }
  }

  @Test func `what leads beyond the types or in circles has no end of another kind`() throws {
    let (kernel, int, _, _) = try Self.kernel()
    var module = Module(after: kernel)
    let beyond = module.add(0, Self.info(.pointer), .max)
    // Its number is the next one.
    let circle = module.add(0, Self.info(.const), beyond + 1)
    let own = module.add(
      module.offset(of: "own"), Self.info(.structure, 2), 8,
      [.max, beyond, 0, 0, circle + 1, 0])
    let prototype = module.add(
      0, Self.info(.prototype, 3), circle, [.max, beyond, 0, circle, 0, own])
    _ = module.add(module.offset(of: "own_open"), Self.info(.function), prototype)
    _ = module.add(module.offset(of: "own_close"), Self.info(.function), int)
    let table = try #require(KernelTypeTable(kernel, module: "own", types: module.bytes))
    let open = try #require(KernelPrototype(function: "own_open", in: table))
    #expect(open.parameters.count == 3 && open.declaration.utf8.count < 4096)
    #expect(KernelPrototype(function: "own_close", in: table) == nil)
    var builder = TypeLayoutBuilder(table)
    #expect(builder.layout(of: own, room: 8).size == 8)
    builder = TypeLayoutBuilder(table)
    #expect(builder.layout(of: circle, room: 8).size == 0)
  }

  @Test func `broken types of a module give other layouts and never a crash`() throws {
    let (kernel, whole) = try Self.module()
    var numbers = SystemRandomNumberGenerator()
    var read = 0
    for round in 0..<5000 {
      var bytes = whole
      if round % 8 == 0 { bytes.removeLast(Int.random(in: 0...whole.count, using: &numbers)) }
      for _ in 0..<Int.random(in: 0...6, using: &numbers) where !bytes.isEmpty {
        bytes[Int.random(in: 0..<bytes.count, using: &numbers)] = .random(
          in: 0 ... .max, using: &numbers)
      }
      guard let table = KernelTypeTable(kernel, module: "own", types: bytes) else { continue }
      read += 1
      _ = KernelPrototype(function: "own_open", in: table)
      _ = KernelPrototype(tracepoint: "own_event", in: table)
      for id in table.find(["own", "task"], kinds: [.structure]).map(\.id) + [1, 7, 9, 1 << 20] {
        var builder = TypeLayoutBuilder(table)
        #expect(builder.layout(of: id, room: 1024).name.utf8.count < 16384)
        _ = table.isOfModule(id)
      }
    }
    #expect(read > 1000)
  }
}
