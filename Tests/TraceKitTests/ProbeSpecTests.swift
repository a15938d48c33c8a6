import Testing

@testable import TraceKit

@Suite struct ProbeSpecTests {
  @Test(arguments: [
    ("vfs_read", ProbeSpec.Kind.kernelFunction, false, "", "", "vfs_read"),
    ("p:vfs_read", .kernelFunction, false, "", "", "vfs_read"),
    ("k:vfs_read", .kernelFunction, false, "", "", "vfs_read"),
    ("p::vfs_*", .kernelFunction, false, "", "", "vfs_*"),
    ("r::vfs_read", .kernelFunction, true, "", "", "vfs_read"),
    ("c:malloc", .userFunction, false, "c", "", "malloc"),
    ("p:c:malloc", .userFunction, false, "c", "", "malloc"),
    ("r:c:malloc", .userFunction, true, "c", "", "malloc"),
    (":main_loop", .userFunction, false, "", "", "main_loop"),
    ("/bin/bash:readline", .userFunction, false, "/bin/bash", "", "readline"),
    ("go:main.(*T).f", .userFunction, false, "go", "", "main.(*T).f"),
    ("t:sched:sched_switch", .tracepoint, false, "", "sched", "sched_switch"),
    ("t:block:*", .tracepoint, false, "", "block", "*"),
    ("u:pthread:mutex_entry", .usdt, false, "pthread", "", "mutex_entry"),
    ("u::probe", .usdt, false, "", "", "probe"),
    ("u:/bin/node:node:gc__start", .usdt, false, "/bin/node", "node", "gc__start"),
  ])
  func `each form is understood`(
    _ text: String, _ kind: ProbeSpec.Kind, _ atReturn: Bool, _ library: String, _ group: String,
    _ name: String
  ) throws {
    let spec = try ProbeSpec(text)
    #expect(spec.kind == kind && spec.atReturn == atReturn)
    #expect(spec.library == library && spec.group == group && spec.name == name)
    #expect(spec.text == text && spec.rest.isEmpty)
  }

  @Test(arguments: [
    (#"c:open "%s", arg1"#, "c:open", #" "%s", arg1"#),
    ("p::f(struct task_struct *t) t->pid", "p::f", "(struct task_struct *t) t->pid"),
    (#"u:node:node:gc (arg2 > 1) "x:y""#, "u:node:node:gc", #" (arg2 > 1) "x:y""#),
    ("t:a:b", "t:a:b", ""),
  ])
  func `what follows it is left`(_ text: String, _ own: String, _ rest: String) throws {
    let spec = try ProbeSpec(text, isWhole: false)
    #expect(spec.text == own && spec.rest == rest)
  }

  @Test(arguments: [
    ("", 1), ("x:c:malloc", 1), ("vfs read", 4), ("vfs-read:", 10), ("p:c:", 5), ("t:sched", 8),
    ("t:sched:a:b", 10), ("t::event", 3), ("u:c", 4), ("u:c:a:b:c", 8), ("k:c:malloc", 3),
    ("p:c:a:b", 6), ("c:a b", 4), ("t:sched:a+b", 10), ("vfs_read+4", 9), ("lib:a:b", 6),
  ])
  func `an error names the column`(_ text: String, _ column: Int) throws {
    let error = #expect(throws: ToolError.self) { try ProbeSpec(text) }
    #expect(error?.description.hasPrefix("'\(text)', column \(column): ") == true, "\(error!)")
    #expect(error?.description.contains("\n") == false)
  }

  @Test func `a regular expression may have colons and parentheses`() throws {
    let function = try ProbeSpec("c:(?:read|write)", isExpression: true)
    #expect(function.library == "c" && function.name == "(?:read|write)")
    let event = try ProbeSpec("t:sched:^sched_(?:switch|wakeup)$", isExpression: true)
    #expect(event.group == "sched" && event.name == "^sched_(?:switch|wakeup)$")
  }
}

@Suite struct USDTArgumentTests {
  private func one(_ text: String, _ machine: USDTArgument.Machine = .x86) -> USDTArgument? {
    let all = USDTArgument.all(in: text, machine: machine)
    return all.count == 1 ? all[0] : nil
  }

  @Test(arguments: [
    ("-4@%edi", 4, true, USDTArgument.Source.register(112)),
    ("8@%rax", 8, false, .register(80)), ("1@%dil", 1, false, .register(112)),
    ("2@%ax", 2, false, .register(80)), ("4@%r8d", 4, false, .register(72)),
    ("8@%r15", 8, false, .register(0)), ("1@%r12b", 1, false, .register(24)),
    ("8@%rsp", 8, false, .register(152)), ("%rdx", 8, false, .register(96)),
    ("8@$5", 8, false, .constant(5)), ("-4@$-17", 4, true, .constant(-17)),
    ("8@$0x10", 8, false, .constant(16)),
    ("8@$18446744073709551615", 8, false, .constant(-1)),
    ("8@-16(%rbp)", 8, false, .memory(base: 32, index: nil, scale: 1, displacement: -16)),
    ("8@(%rax)", 8, false, .memory(base: 80, index: nil, scale: 1, displacement: 0)),
    (
      "-4@120(%rsp,%rax,4)", 4, true,
      .memory(base: 152, index: 80, scale: 4, displacement: 120)
    ),
    ("8@8(,%rcx,8)", 8, false, .memory(base: nil, index: 88, scale: 8, displacement: 8)),
  ])
  func `an argument of x86-64`(
    _ text: String, _ size: Int, _ isSigned: Bool, _ source: USDTArgument.Source
  ) throws {
    let argument = try #require(one(text))
    #expect(argument.size == size && argument.isSigned == isSigned && argument.source == source)
  }

  @Test(arguments: [
    ("-4@w0", 4, true, USDTArgument.Source.register(0)), ("8@x19", 8, false, .register(152)),
    ("8@sp", 8, false, .register(248)), ("4@5", 4, false, .constant(5)),
    ("-8@-3", 8, true, .constant(-3)),
    ("8@[x0]", 8, false, .memory(base: 0, index: nil, scale: 1, displacement: 0)),
    ("4@[sp, 12]", 4, false, .memory(base: 248, index: nil, scale: 1, displacement: 12)),
    ("4@[sp,#-12]", 4, false, .memory(base: 248, index: nil, scale: 1, displacement: -12)),
    ("8@[x1, x2]", 8, false, .memory(base: 8, index: 16, scale: 1, displacement: 0)),
  ])
  func `an argument of arm64`(
    _ text: String, _ size: Int, _ isSigned: Bool, _ source: USDTArgument.Source
  ) throws {
    let argument = try #require(one(text, .arm64))
    #expect(argument.size == size && argument.isSigned == isSigned && argument.source == source)
  }

  @Test func `what cannot be read is nothing, at its place`() {
    let all = USDTArgument.all(
      in: "8f@%xmm0 -4@%edi 3@%eax 4@name(%rip) 8@$ 4@%nosuch 8@(%rax,%rbx,3) 4@[", machine: .x86)
    #expect(all.count == 8)
    #expect(all.enumerated().filter { $0.element != nil }.map(\.offset) == [1])
    #expect(USDTArgument.all(in: "", machine: .x86).isEmpty)
    let many = USDTArgument.all(in: " 8@[sp, 8]  4@w1 ", machine: .arm64)
    #expect(many.count == 2 && !many.contains(nil))
  }
}
