import Testing
import Wire

@testable import TraceKit

@Suite struct LanguageTests {
  @Test func `the table fits what programs know of a probe`() {
    for language in Language.allCases {
      for activity in LanguageActivity.allCases {
        #expect(language.probes(activity).count <= Int(LANGUAGE_KINDS))
      }
      let pairs: [(LanguageActivity, LanguageActivity)] = [
        (.methodBegin, .methodEnd), (.collectionBegin, .collectionEnd), (.threadBegin, .threadEnd),
      ]
      for (begin, end) in pairs {
        #expect(language.probes(begin).count == language.probes(end).count)
      }
    }
    for probe in LanguageProbe.all {
      #expect(probe.texts.count <= Int(LANGUAGE_TEXTS))
      #expect(probe.numbers.count <= Int(LANGUAGE_NUMBERS))
    }
    let names = LanguageProbe.all.map { "\($0.fullName) \($0.activity)" }
    #expect(Set(names).count == names.count)
  }

  @Test func `a probe that crashes its program is not in the table`() {
    #expect(!LanguageProbe.all.contains { USDTProbe.dangerous.contains($0.fullName) })
  }

  @Test(arguments: [
    ("java", Language.java), ("libjvm.so", .java), ("node", .node), ("libnode.so.108", .node),
    ("perl5.36", .perl), ("libperl.so.5.36", .perl), ("php-fpm8.2", .php), ("libphp8.2.so", .php),
    ("python3.11", .python), ("libpython3.11.so.1.0", .python), ("ruby3.1", .ruby),
    ("libruby-3.1.so.3.1", .ruby), ("tclsh8.6", .tcl), ("libtcl8.6.so", .tcl),
  ])
  func `a language is known by a file`(file: String, language: Language) {
    let others: [Substring] = [
      "libc.so.6", "javac", "ld-linux-x86-64.so.2", "pythonic", "node-gyp",
    ]
    #expect(Language.find(mapping: others, among: Language.allCases) == .c)
    #expect(Language.find(mapping: others + [file[...]], among: Language.allCases) == language)
    #expect(Language.find(mapping: [file[...]], among: []) == nil)
  }

  @Test func `the program counts before its libraries`() {
    let files: [Substring] = ["perl", "libpython3.11.so.1.0"]
    #expect(Language.find(mapping: files, among: [.python, .perl]) == .perl)
    #expect(Language.find(mapping: files, among: [.python, .ruby]) == .python)
  }

  @Test func `C is also called none`() {
    #expect(Language(argument: "none") == .c && Language(argument: "c") == .c)
    #expect(Language(argument: "cobol") == nil)
    #expect(Language(number: .max) == nil && Language(number: 0) == .java)
  }
}
