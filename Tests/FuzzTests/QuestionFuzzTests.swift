import TestSupport
import Testing
import Wire

@testable import TraceKit

/// What users ask at probes.
extension FuzzTests {
  private static let questions = [
    #"c:malloc(size_t n, char *name) (n > 100 && STRCMP("x", name)) "%08lx %s", n, name"#,
    #"r:bash:readline ((int)retval < 0 || !retval) "%s %d", retval, $task->tgid"#,
    #"t:sched:sched_switch (args->prev_pid != 0) "%s -> %s", args->prev_comm, args->next_comm"#,
    #"u:pthread:pthread_create (arg4 % 3 == (arg1 << 2 | 1)) "%p", *(u64 *)arg2"#,
    #"p::vfs_read(struct file *file) "%s %llu", file->f_path.dentry->d_name.name, file[1].f_pos"#,
  ]
  private static let specifiers = [
    "r:c:read(int fd, void *to, size_t n):size_t,int:$entry(n),$retval:$latency>5#slow ones",
    "p:c:write(int fd, char *text):char*,u8:text,fd&7:STRCMP(\"x\",text)",
    "t:sched:sched_switch():u32:args->prev_pid:prev_pid!=0;label",
  ]
  private static let words = [
    "(", ")", "[", "]", "->", ".", "*", "&", "!", "~", "-", "+", "<<", ">>", "==", "&&", "||", "%",
    "/", "\"", "'", "%s", "%d", "\\x", "@user", "0x", "1u", "arg1", "retval", "args", "$task",
    "STRCMP", "struct", "int", "(char)", ",", " ", "\u{301}", "é", "\u{0}",
  ]

  private func question(
    _ numbers: inout SeededNumbers, from texts: [String] = questions
  ) -> String {
    var text = Array(texts.randomElement(using: &numbers)!)
    for _ in 0..<Int.random(in: 0...6, using: &numbers) {
      let place = Int.random(in: 0...text.count, using: &numbers)
      let end = Int.random(in: place...text.count, using: &numbers)
      switch Int.random(in: 0..<4, using: &numbers) {
      case 0: text.removeSubrange(place..<min(end, place + 3))
      case 1: text.insert(contentsOf: text[place..<end], at: place)
      case 2:
        let word = Self.words.randomElement(using: &numbers)!
        for _ in 0..<(numbers.chance(4) ? 100 : 1) { text.insert(contentsOf: word, at: place) }
      default: text.insert(contentsOf: Self.words.randomElement(using: &numbers)!, at: place)
      }
    }
    return String(text)
  }

  @Test func `any question is understood or refused in one sentence`() throws {
    let format = TracepointFormat("field:char prev_comm[16]; offset:8; size:16; signed:0;")
    try Fuzz.run("questions") { numbers in
      for _ in 0..<50 {
        let text = question(&numbers)
        do {
          let question = try Question(text)
          let scope =
            switch question.spec.kind {
            case .tracepoint: QuestionScope(site: .tracepoint(format))
            case .usdt:
              QuestionScope(site: .usdt(USDTArgument.all(in: "8@%rdi -4@8(%rax,%rbx,4)")))
            default: question.scope(at: question.spec.name, arguments: [])
            }
          let program = try question.program(scope, textSize: 80)
          try require(
            program.steps <= VALUE_STEPS && program.test_steps <= program.steps
              && program.texts <= VALUE_RESULTS, "a program of \(text) is too long")
          try require(isSound(program), "a program of \(text) leaves its slots")
        } catch let error as ToolError {
          try require(error.status == .usage, "\(text): \(error)")
        }
      }
    }
  }

  @Test func `any specifier is understood or refused in one sentence`() throws {
    try Fuzz.run("specifiers") { numbers in
      for _ in 0..<50 {
        let text = question(&numbers, from: Self.specifiers)
        do {
          let distribution = try Distribution(text)
          guard distribution.spec.kind != .tracepoint else { continue }
          let scope = distribution.scope(at: distribution.spec.name, arguments: [])
          let (values, begin) = try distribution.programs(scope, textSize: 80)
          try require(isSound(values), "a program of \(text) leaves its slots")
          try require(begin.map(isSound) != false, "a begin of \(text) leaves its slots")
        } catch let error as ToolError {
          try require(error.status == .usage, "\(text): \(error)")
        }
      }
    }
  }

  /// Whether each step stays within slots, literals, results and sizes.
  private func isSound(_ program: value_program) -> Bool {
    withUnsafeBytes(of: program.step) {
      $0.bindMemory(to: value_step.self).prefix(Int(program.steps)).allSatisfy { step in
        max(step.to, step.left, step.right) < VALUE_SLOTS && [1, 2, 4, 8].contains(step.size)
          && (step.operation < VALUE_RESULT.rawValue || step.constant < VALUE_RESULTS)
      }
    }
  }
}
