import Wire

extension AskedProbes: RecordedFinding {
  init(words: [String], asked: [Asked]) {
    self.words = words
    self.asked = asked
  }

  public init?(recorded: [UInt8]) {
    var reader = EntryReader(recorded)
    guard let words = reader.strings(), let asked = reader.list({ Asked(&$0) }), reader.isAtEnd
    else { return nil }
    self.init(words: words, asked: asked)
  }

  public var recorded: [UInt8] {
    var entry = EntryWriter()
    entry.strings(words)
    entry.number(UInt32(asked.count))
    for asked in asked { asked.write(to: &entry) }
    return entry.bytes
  }
}

extension AskedProbes.Asked {
  fileprivate init?(_ reader: inout EntryReader) {
    guard let word = reader.string(), let question = try? Question(word),
      let program = reader.valueProgram(), let names = reader.strings()
    else { return nil }
    self.init(word: word, question: question, plans: [], program: program, names: names)
  }

  fileprivate func write(to entry: inout EntryWriter) {
    entry.string(word)
    entry.number(program)
    entry.strings(names)
  }
}
