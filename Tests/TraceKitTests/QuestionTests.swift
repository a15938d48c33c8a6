import Testing
import Wire

@testable import TraceKit

/// What users ask at probes: read, made into steps, or refused with the place.
@Suite struct QuestionTests {
  static let blockRequest = TracepointFormat(
    """
    name: block_rq_complete
    format:
    \tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;

    \tfield:dev_t dev;\toffset:8;\tsize:4;\tsigned:0;
    \tfield:sector_t sector;\toffset:16;\tsize:8;\tsigned:0;
    \tfield:unsigned int nr_sector;\toffset:24;\tsize:4;\tsigned:0;
    \tfield:int error;\toffset:28;\tsize:4;\tsigned:1;
    \tfield:char rwbs[8];\toffset:32;\tsize:8;\tsigned:0;
    \tfield:__data_loc char[] cmd;\toffset:40;\tsize:4;\tsigned:0;
    \tfield:const struct sock * sk;\toffset:48;\tsize:8;\tsigned:0;
    \tfield:__u8 saddr[4];\toffset:56;\tsize:4;\tsigned:0;
    """)

  static let hasTypes = KernelType(structure: "task_struct") != nil

  private func program(_ text: String, bytes: Bool = false) throws -> value_program {
    let question = try Question(text)
    var scope: QuestionScope
    switch question.spec.kind {
    case .tracepoint: scope = QuestionScope(site: .tracepoint(Self.blockRequest))
    case .usdt:
      let arguments = USDTArgument.all(in: "8@%rdi -4@%esi 8@-8(%rbp) 2@$7", machine: .x86)
      scope = question.scope(at: "", arguments: arguments)
    default: scope = question.scope(at: question.spec.name, arguments: [])
    }
    scope.comparesBytes = bytes
    return try question.program(scope, textSize: 80)
  }

  private func steps(_ text: String) throws -> [value_step] {
    let program = try program(text)
    return withUnsafeBytes(of: program.step) {
      Array($0.bindMemory(to: value_step.self).prefix(Int(program.steps)))
    }
  }

  /// The uses that the manual and the help of bcc's trace show.
  @Test(arguments: [
    #"::do_sys_open "%s", arg2@user"#,
    #"::sys_read (arg3 > 20000) "read %d bytes", arg3"#,
    #":c:malloc "size = %d", arg1"#,
    #"r:bash:readline "%s", retval"#,
    #"t:block:block_rq_complete "%d sectors", args->nr_sector"#,
    #"u:pthread:pthread_create "start addr = %llx", arg3"#,
    #"p::SyS_nanosleep(struct timespec *ts) "sleep for %lld ns", ts->tv_nsec"#,
    "p:c:inet_pton",
    "do_sys_open",
    #"do_sys_open "%s", arg2@user"#,
    #"sys_read (arg3 > 20000) "read %d bytes", arg3"#,
    #"r::do_sys_open "%llx", retval"#,
    #"c:open (arg2 == 42) "%s %d", arg1, arg2"#,
    #"p:c:write (arg1 == 1) "writing %d bytes to STDOUT", arg3"#,
    #"r::__kmalloc (retval == 0) "kmalloc failed!""#,
    #"r:c:malloc (retval) "allocated = %x", retval"#,
    "u:pthread:pthread_create (arg4 != 0)",
    "u:pthread:libpthread:pthread_create (arg4 != 0)",
    "__x64_sys_nanosleep",
    "__x64_sys_clone",
    #"::sys_execve "%s", arg1"#,
    #"r:c:read ((int)retval < 0) "read failed: %d", retval"#,
    #"r:c:write ((int)retval < 0) "write failed: %d", retval"#,
    #"c:strlen (STRCMP("test", arg1)) "%s", arg1"#,
  ])
  func `uses that bcc shows are understood`(text: String) throws {
    _ = try program(text)
  }

  @Test(
    .enabled(if: hasTypes),
    arguments: [
      #"p::uprobe_register(struct inode *inode) "a_ops = %llx", inode->i_mapping->a_ops"#,
      "udpv6_sendmsg(struct sock *sk) (sk->sk_dport == 13568)",
      #"mntns_install "users = %d", $task->fs->users"#,
    ])
  func `and those that need the kernel's types`(text: String) throws {
    _ = try program(text)
  }

  /// The place where each is refused, and words of the reason.
  @Test(arguments: [
    ("kfree_skb+0x12", 10, "cannot have '+'"),
    ("c:malloc (arg7 > 1)", 11, "only the first 6 arguments"),
    ("c:malloc (arg1 >)", 17, "cannot begin an expression"),
    ("c:malloc (arg1", 15, "needs ')'"),
    ("c:malloc (arg1 = 1)", 16, "equality is =="),
    ("c:malloc (arg1 ? 1 : 2)", 16, "not supported"),
    ("c:malloc (size > 1)", 11, "'size' has no meaning here"),
    ("c:malloc(size_t n) (size > 1)", 21, "signature does not name it"),
    ("c:malloc (retval)", 11, "at its return only"),
    ("r:c:malloc (arg1)", 13, "no longer in their registers"),
    ("r:c:malloc (retval < 0)", 20, "never negative"),
    ("c:malloc (args->x)", 11, "only tracepoints have 'args'"),
    ("c:malloc (arg1->x)", 17, "'->' needs a pointer"),
    ("t:block:block_rq_complete (args->nosuch)", 34, "no field 'nosuch'"),
    ("t:block:block_rq_complete (args->common_type)", 34, "no field 'common_type'"),
    ("t:block:block_rq_complete(args->error)", 26, "a predicate needs a blank"),
    ("t:block:block_rq_complete (arg1)", 28, "args->field"),
    (#"c:malloc "%d""#, 11, "no value"),
    (#"c:malloc "%d", arg1, arg2"#, 22, "one value more"),
    (#"c:malloc "%y", arg1"#, 11, "none of %d"),
    (#"c:malloc "%d"#, 10, "no counterpart"),
    (#"c:malloc "%d", arg1 arg2"#, 21, "a comma or the end"),
    (#"c:malloc "%s", $pid"#, 16, "a text needs its address"),
    ("c:malloc(struct foo n) (1)", 22, "only a pointer to it"),
    ("c:malloc(foo n)", 10, "'foo' is no type"),
    ("c:malloc (strlen(arg1) > 2)", 11, "the only function is STRCMP"),
    (#"c:malloc (STRCMP(arg1, "x"))"#, 11, "between quotation marks"),
    (#"c:malloc (STRCMP("", arg1))"#, 18, "1 to 63 bytes"),
    ("c:malloc (arg1 > 1.5)", 18, "floating-point"),
    ("c:malloc (sizeof(arg1))", 11, "'sizeof' is not supported"),
    ("c:malloc (0x11112222333344445 > arg1)", 11, "at most 64 bits"),
    ("c:malloc arg1", 10, "a predicate in parentheses"),
    ("u:pthread:pthread_create (arg5)", 27, "has 4 arguments"),
    ("c:malloc (1+(1+(1+(1+(1+(1+(1+(1+1))))))))", 33, "nested too deep"),
  ])
  func `what cannot be computed is refused at its place`(
    text: String, column: Int, reason: String
  ) throws {
    let error = #expect(throws: ToolError.self) { _ = try program(text) }
    let sentence = error?.description ?? ""
    #expect(sentence.contains("column \(column): "), "\(sentence)")
    #expect(sentence.contains(reason), "\(sentence)")
    #expect(error?.status == .usage)
  }

  @Test func `long ones are refused, not followed`() throws {
    for text in [
      "c:x (" + String(repeating: "(", count: 3000), "c:x (" + String(repeating: "1+", count: 1900),
      "c:x (" + String(repeating: "!", count: 3000) + "1)",
      "c:x (arg1" + String(repeating: "[0]", count: 1000) + ")",
      "c:x(" + String(repeating: "*", count: 3000), String(repeating: "x", count: 5000),
    ] {
      #expect(throws: ToolError.self) { _ = try program(text) }
    }
  }

  @Test func `numbers are computed as C does`() throws {
    // An int and an unsigned are compared without sign, an int and a long with it.
    for (predicate, isSigned) in [
      ("((int)arg1 < (unsigned)arg2)", 0), ("((int)arg1 < (long)arg2)", 1),
      ("((unsigned)arg1 < (long)arg2)", 1), ("(arg1 < (long)arg2)", 0), ("((char)arg1 < 5)", 1),
      ("((u8)arg1 < 5)", 1), ("((unsigned)arg1 > 5)", 0),
    ] {
      let step = try steps("c:x \(predicate)").last { $0.operation == VALUE_LESS.rawValue }
      #expect(step?.is_signed == UInt8(isSigned), "\(predicate)")
    }
  }

  @Test func `fields of a tracepoint are read where its format says`() throws {
    let found = try steps(
      #"t:a:b "%d %d %s %s %llx %d", args->nr_sector, args->error, args->rwbs, args->cmd, args->sk, args->saddr[3]"#
    ).filter {
      $0.operation != VALUE_RESULT.rawValue && $0.operation != VALUE_TEXT_RESULT.rawValue
    }
    #expect(
      found.map(\.operation)
        == [
          VALUE_CONTEXT, VALUE_CONTEXT, VALUE_CONTEXT_ADDRESS, VALUE_CONTEXT, VALUE_CONTEXT_TEXT,
          VALUE_CONTEXT, VALUE_CONTEXT_ADDRESS, VALUE_READ,
        ].map { UInt8($0.rawValue) })
    #expect(found.map(\.constant) == [24, 28, 32, 40, 0, 48, 56, 3])
    #expect(found.map(\.size) == [4, 4, 8, 4, 8, 8, 8, 1])
    #expect(found.map(\.is_signed) == [0, 1, 0, 0, 0, 0, 0, 0])
  }

  @Test(.enabled(if: hasTypes))
  func `chains of the kernel's structures end in the type of the last field`() throws {
    let found = try steps(#"c:x "%d", $task->real_parent->tgid"#)
    #expect(
      found.map(\.operation)
        == [VALUE_TASK, VALUE_READ, VALUE_READ, VALUE_RESULT].map { UInt8($0.rawValue) })
    #expect(found[1].size == 8 && found[2].size == 4 && found[2].is_signed == 1)
    // A bit-field takes two shifts.
    let bits = try steps(#"c:x "%d", $task->in_execve"#)
    #expect(bits.contains { $0.operation == VALUE_SHIFT_LEFT.rawValue })
    #expect(throws: ToolError.self) { _ = try program(#"c:x "%d", $task->nosuch"#) }
    #expect(throws: ToolError.self) { _ = try program(#"c:x "%d", $task->se"#) }
  }

  @Test func `formats are those of printf`() throws {
    func print(_ format: String, _ value: Int64) throws -> String {
      let bytes = Array(format.utf8)
      let made = try MessageFormat(bytes, in: QuestionText(format), at: 0)
      return made.pieces.map { piece in
        switch piece {
        case .text(let bytes): String(decoding: bytes, as: UTF8.self)
        case .field(let field): String(decoding: field.number(value), as: UTF8.self)
        }
      }.joined()
    }
    for (format, value, text) in [
      ("%d", -1, "-1"), ("%u", -1, "4294967295"), ("%llu", -1, "18446744073709551615"),
      ("%hd", 0x1_ffff, "-1"), ("%hhu", 0x1ff, "255"), ("%lx", 0xff00, "ff00"),
      ("%#x", 255, "0xff"), ("%#o", 8, "010"), ("%X", 0xabc, "ABC"), ("%08x", 0xabc, "00000abc"),
      ("%-5d|", 7, "7    |"), ("%5d", 7, "    7"), ("%05d", -7, "-0007"), ("%+d", 7, "+7"),
      ("%.3d", 7, "007"), ("%c", 65, "A"), ("%p", 4096, "0x1000"), ("100%% %i", 3, "100% 3"),
      ("%d\n", 4, "4"), ("%ld", Int64(Int32.max) + 1, "2147483648"), ("%d", 1 << 32, "0"),
    ] as [(String, Int64, String)] {
      #expect(try print(format, value) == text, "\(format)")
    }
  }

  private func programs(_ text: String) throws -> (values: value_program, begin: value_program?) {
    let distribution = try Distribution(text)
    var scope: QuestionScope
    switch distribution.spec.kind {
    case .tracepoint: scope = QuestionScope(site: .tracepoint(Self.blockRequest))
    case .usdt:
      scope = distribution.scope(
        at: "", arguments: USDTArgument.all(in: "8@%rdi -4@%esi", machine: .x86))
    default: scope = distribution.scope(at: distribution.spec.name, arguments: [])
    }
    return try distribution.programs(scope, textSize: 80)
  }

  /// The uses that the manual of bcc's argdist shows.
  @Test(arguments: [
    "p::__kmalloc(u64 size):u64:size",
    "p:c:malloc(size_t size):size_t:size:size==16",
    "r:c:gets():char*:$retval",
    "r::__vfs_read(void *file, void *buf, size_t count):size_t:$entry(count):$latency > 1000000",
    "p:c:write(int fd):int:fd",
    "r:c:read()",
    "p:c:write(int fd, const void *buf, size_t count):size_t:count:fd==1",
    "p:c:fork():int:$PID;fork per process",
    "p:c:fork():int:$PID#fork per process",
    "t:block:block_rq_complete():u32:nr_sector",
    "t:block:block_rq_complete():u32:args->nr_sector",
    "u:pthread:pthread_start():u64:arg2",
    "p:c:sleep(u32 seconds):u32:seconds",
    "p:c:nanosleep(struct timespec *req):long:req->tv_nsec",
    "p:c:write(int fd, char* buf, size_t len):char*:buf:fd==1",
    "r:c:malloc(size_t size):size_t,u64:$entry(size),$latency/1000:$retval!=0#large ones",
  ])
  func `uses that bcc's argdist shows are understood`(text: String) throws {
    _ = try programs(text)
  }

  @Test(.enabled(if: hasTypes))
  func `and that which needs the kernel's types`() throws {
    _ = try programs(
      "p::__vfs_read(struct file *file, void *buf, size_t count):char*,size_t:"
        + "file->f_path.dentry->d_name.name,count:file->f_path.dentry->d_name.name[0]!=0")
  }

  @Test func `what is kept of a begin is computed there`() throws {
    let (values, begin) = try programs(
      "r:c:read(int fd, void *to, size_t n):size_t,int:$entry(n),$entry(fd):$latency>5")
    #expect(values.test_steps == 3 && values.steps == 9)
    #expect(begin?.steps == 4)
    let label = try Distribution("p:c:f():int:1#two words").label
    #expect(label == "two words")
  }

  @Test(arguments: [
    ("p:c:f():int", 12, "needs ':'"), ("p:c:f():int:1,2", 15, "no type"),
    ("p:c:f():int,int:1", 18, "no value"), ("p:c:f():foo:1", 9, "'foo' is no type"),
    ("p:c:f():int:$entry(x)", 13, "at its return only"),
    ("p:c:f():int:$latency", 13, "at its return only"),
    ("p:c:f():int:$retval", 13, "at its return only"), ("p:c:f() x", 9, "colons between them"),
    ("r:c:f(int a):int:$entry(b)", 25, "signature does not name it"),
    ("p:c:f():int,int,int,int,int:1,2,3,4,5", 1, "at most 4"),
    ("p:c:f():char*,char*:arg1,arg2", 1, "at most one"),
    ("t:a:b(int x):int:x", 7, "only functions"),
  ])
  func `what cannot be counted is refused at its place`(
    text: String, column: Int, reason: String
  ) throws {
    let error = #expect(throws: ToolError.self) { _ = try programs(text) }
    let sentence = error?.description ?? ""
    #expect(sentence.contains("column \(column): "), "\(sentence)")
    #expect(sentence.contains(reason), "\(sentence)")
  }
}
