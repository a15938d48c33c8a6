import Testing

@testable import TraceKit

@Suite struct CompletionTests {
  @Test(arguments: [
    "4711", "www-data", "tp_btf:2", "user@1000.service", "a_b.c", "+latency_us", "/dev/sda", "1,2",
  ])
  func `a plain value is offered`(value: String) {
    #expect(Candidate(value).isPlain)
  }

  @Test(arguments: ["", "$(x)", "`x`", "a b", "a;b", "a\\b", "a'b", "a\"b", "a*", "\u{1b}[2J", "ä"])
  func `what a shell could expand is not`(value: String) {
    #expect(!Candidate(value).isPlain)
  }

  @Test func `each shell has a value and what it is in its own way`() {
    let candidate = Candidate("tp_btf:2", "a\tname\u{7}")
    #expect(candidate.line(for: .bash) == "tp_btf:2")
    #expect(candidate.line(for: .zsh) == "tp_btf\\:2:a?name?")
    #expect(candidate.line(for: .fish) == "tp_btf:2\ta?name?")
    #expect(Candidate("pid").line(for: .zsh) == "pid")
    #expect(Candidate("pid").line(for: .fish) == "pid")
  }

  @Test func `an item of a list follows those that are there, and comes once`() {
    let columns = ["pid", "comm", "path"].map { Candidate($0) }
    func values(_ form: CandidateForm, _ typed: String) -> [String] {
      form.words(columns, after: typed).map(\.value)
    }
    #expect(values(.single, "pid,") == ["pid", "comm", "path"])
    #expect(values(.list, "") == ["pid", "comm", "path"])
    #expect(values(.list, "pid,c") == ["pid,comm", "pid,path"])
    #expect(values(.changes, "+") == ["+pid", "+comm", "+path"])
    #expect(values(.changes, "+pid,-c") == ["+pid,-comm", "+pid,-path"])
    #expect(values(.list, "+") == ["pid", "comm", "path"])
  }

  @Test func `a script is mended where shells refuse it`() {
    let script = """
      #!/bin/bash
          '*:command:_files'
          '(-): :->command'
          '(-)*:: :->arg'
      complete -n 'test_flags "opensnoop" ? h help' -s 'h' -s '?'
      """
    #expect(
      CompletionScript.mended(script) == """
            '*:command:_files'
        complete -n 'test_flags "opensnoop" "?" h help' -s 'h' -s '?'
        """)
  }
}
