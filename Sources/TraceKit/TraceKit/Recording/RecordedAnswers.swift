/// The answers in a recording, which are those of the machine where it was made.
final class RecordedAnswers: LookupDesk {
  private var answers: [LookupQuestion: [UInt8]?] = [:]
  private var bytes = 0

  var isReplay: Bool { true }

  func answer(
    _ service: StaticString, _ key: UnsafeRawBufferPointer, _ machine: () -> [UInt8]?
  ) -> [UInt8]? {
    answers[LookupQuestion(service, key)] ?? nil
  }

  /// Learns the answers of a block.
  ///
  /// - Returns: whether it is whole, and no larger than one that a tool writes.
  func add(_ block: [UInt8]) -> Bool {
    Self.visit(block) { question, answer in
      bytes += question.count + (answer?.count ?? 0)
      answers[LookupQuestion(bytes: question)] = .some(answer)
      // A recording has one block more than what it counts.
      return answers.count <= Recording.mostAnswers * 2 && bytes <= Recording.mostAnswerBytes * 4
    }
  }

  func forget() {
    answers = [:]
    bytes = 0
  }

  /// Passes the entries of a block to `body`, which returns whether to continue.
  ///
  /// - Returns: whether all were whole and `body` has seen all.
  static func visit(_ block: [UInt8], _ body: ([UInt8], [UInt8]?) -> Bool) -> Bool {
    var reader = EntryReader(block)
    while !reader.isAtEnd {
      guard let question = reader.text(), let isKnown = reader.number(UInt32.self),
        let answer = reader.text(), body(question, isKnown == 0 ? nil : answer)
      else { return false }
    }
    return true
  }
}

/// What people write on the command line, by the answers of a whole recording.
struct RecordedNames {
  private var keys: [[UInt8]: [UInt8]] = [:]
  private static let most = 1 << 18

  /// Services whose answers are names that options accept.
  private static let services = ["user", "disk"]

  mutating func add(_ block: [UInt8]) {
    _ = RecordedAnswers.visit(block) { question, answer in
      guard let answer, keys.count < Self.most, let end = question.firstIndex(of: 0) else {
        return true
      }
      let service = String(decoding: question[..<end], as: UTF8.self)
      if Self.services.contains(service) {
        keys[Array(question[...end]) + answer] = Array(question[(end + 1)...])
      }
      return true
    }
  }

  /// The number that was named so.
  func number<Number: FixedWidthInteger>(of name: String, _ service: StaticString) -> Number? {
    let key = Array(name.utf8).withUnsafeBytes { keys[LookupQuestion(service, $0).bytes] }
    guard let key, key.count == MemoryLayout<Number>.size else { return nil }
    return key.reversed().reduce(0) { $0 << 8 | Number($1) }
  }
}
