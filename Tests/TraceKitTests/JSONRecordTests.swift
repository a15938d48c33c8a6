import Testing

@testable import TraceKit

@Suite struct JSONRecordTests {
  private func read(_ text: String) -> JSONRecord? { JSONRecord(Array(text.utf8)) }

  @Test func `values have their kinds`() throws {
    let record = try #require(
      read(
        #"{"type":"x","n":-1.5e2,"yes":true,"no":false,"nil":null,"o":{"a":[1]},"t":["a","b"],"#
          + #""e":[],"b":[{"low":1,"high":2,"count":23},{"low":4,"high":null,"count":1,"z":[]}]}"#))
    #expect(record.text("type") == "x" && record.number("type") == nil)
    #expect(record.number("n") == -150)
    #expect(record["yes"] == .truth(true) && record["no"] == .truth(false))
    #expect(record["nil"] == nil && record["o"] == nil && record["absent"] == nil)
    #expect(record.texts("t") == ["a", "b"])
    #expect(record["e"] == .texts([]))
    #expect(record.buckets("b").map(\.count) == [23, 1])
    #expect(record.buckets("b").map(\.high) == [2, 4])
  }

  @Test func `the ID of a process is a number that fits`() {
    #expect(read(#"{"pid":181}"#)?.process == 181)
    for value in ["1.5", "3000000000", "null", "\"1\"", "-1e300"] {
      #expect(read(#"{"pid":\#(value)}"#)?.process == nil)
    }
  }

  @Test(arguments: [
    "", "[]", "1", "{", "{}{}", #"{"a":1e999}"#, #"{"a":tru}"#, #"{"a":[1,]}"#, #"{"a":-}"#,
    "{\"a\":\"\n\"}",
  ])
  func `what is no object of values is refused`(text: String) {
    #expect(read(text) == nil)
  }

  @Test func `keys and elements have limits`() throws {
    func keys(_ count: Int) -> String {
      "{" + (0..<count).map { "\"k\($0)\":1" }.joined(separator: ",") + "}"
    }
    #expect(read(keys(JSONRecord.keyLimit)) != nil)
    #expect(read(keys(JSONRecord.keyLimit + 1)) == nil)
    let many = Array(repeating: "\"x\"", count: JSONRecord.listLimit + 23).joined(separator: ",")
    let list = try #require(read("{\"l\":[\(many)]}"))
    #expect(list.texts("l").count == JSONRecord.listLimit)
  }
}
