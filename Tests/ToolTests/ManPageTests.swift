import Foundation
import Testing

/// One option: how it can be spelled, and whether a value follows.
private struct Option: Hashable, CustomStringConvertible {
  let spellings: Set<String>
  let takesValue: Bool

  var description: String {
    spellings.sorted().joined(separator: ", ") + (takesValue ? " <value>" : "")
  }

  /// Those of a help text: lines such as `  -p, --pid <pid>   Trace ...`.
  static func ofHelp(_ text: String) -> Set<Option> {
    let lines = text.split(separator: "\n").filter { $0.hasPrefix("  -") }
    return Set(
      lines.map { line in
        let left = line.dropFirst(2).firstRange(of: "  ").map { line[..<$0.lowerBound] } ?? line
        // One that fills its column has a single space behind it.
        let spelled = left.prefix { $0 != "<" }.split { $0 == "," || $0 == " " }
          .prefix { $0.hasPrefix("-") }
        return Option(spellings: Set(spelled.map(String.init)), takesValue: left.contains("<"))
      })
  }

  /// Those of a page in mdoc(7): lines such as `.It Fl p , -pid Ar list`.
  static func ofPage(_ text: String) -> Set<Option> {
    let lines = text.split(separator: "\n").filter { $0.hasPrefix(".It Fl ") }
    return Set(
      lines.map { line in
        let words = line.split(separator: " ").dropFirst(2)
        let spelled = words.prefix { $0 != "Ar" }.filter { $0 != "," && $0 != "Fl" }.map { word in
          "-"
            + word.replacing("\\&", with: "").replacing("\\-", with: "-").replacing("\"", with: "")
        }
        return Option(spellings: Set(spelled), takesValue: words.contains("Ar"))
      })
  }
}

/// A copy of man/, so that a test can change a source, and what was assembled of it.
private struct Pages {
  let folder = NSTemporaryDirectory() + "man-\(UUID().uuidString)"

  init() throws {
    try FileManager.default.copyItem(atPath: Repository.root + "/man", toPath: folder)
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }

  func change(_ page: String, _ change: (String) -> String) throws {
    let path = "\(folder)/\(page)"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try change(text).write(toFile: path, atomically: true, encoding: .utf8)
  }

  func assemble(_ page: String) throws -> Finished {
    try run("assemble", [Repository.built, folder + "/built", page], from: folder)
  }

  func built(_ page: String) throws -> String {
    try String(contentsOfFile: "\(folder)/built/\(page)", encoding: .utf8)
  }
}

@Suite struct ManPageTests {
  @Test(arguments: Repository.executables)
  func `the page of a tool has the options of its help and no others`(tool: String) throws {
    let pages = try Pages()
    defer { pages.remove() }
    let outcome = try pages.assemble("\(tool).8")
    #expect(outcome.errors == "")
    try #require(outcome.status == 0)
    let help = Option.ofHelp(try run(tool, ["--help"]).output)
    let documented = Option.ofPage(try pages.built("\(tool).8"))
    try #require(help.count > 5)
    #expect(help.subtracting(documented) == [], "not in the page, or otherwise")
    #expect(documented.subtracting(help) == [], "not in the help, or otherwise")
  }

  @Test(
    arguments: [
      (".Sh OPTIONS\n", ".Sh OPTIONS\n.It Fl -nothing\nNo option.\n", "--help lacks --nothing"),
      (".It Fl -exec Ar string", ".It Fl -failed Ar string", "--failed has a value here"),
      (".It Cm fd Pq FD\n", ".It Cm fish Pq FD\n", "FIELDS lacks the column 'fd'"),
      (".It Cm fd Pq FD\n", ".It Cm fish Pq FD\n", "the tool has no column 'fish'"),
      ("integer, shown.\nThe file", "shown.\nThe file", "FIELDS has no type for 'fd'"),
      (".\\\" part: kernel-types", ".\\\" part: kernel-tipes", "there is no part 'kernel-tipes'"),
      (".Sh OVERHEAD", ".Sh OVERHED", "the section OVERHED has no place in a page"),
    ])
  func `a source that does not fit its tool makes no page`(
    old: String, new: String, error: String
  ) throws {
    let pages = try Pages()
    defer { pages.remove() }
    try pages.change("opensnoop.8") { text in
      #expect(text.contains(old))
      return text.replacing(old, with: new, maxReplacements: 1)
    }
    let outcome = try pages.assemble("opensnoop.8")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("man/opensnoop.8: \(error)"))
    #expect(throws: (any Error).self) { try pages.built("opensnoop.8") }
  }

  @Test func `an option without text in the source has the text of the help`() throws {
    let help = try run("opensnoop", ["--help"]).output
    let line = try #require(help.split(separator: "\n").first { $0.hasPrefix("  -x, --failed ") })
    let text = line.dropFirst("  -x, --failed ".count).drop { $0 == " " }
    let pages = try Pages()
    defer { pages.remove() }
    #expect(try pages.assemble("opensnoop.8").status == 0)
    #expect(try pages.built("opensnoop.8").contains(".It Fl x , Fl -failed\n\(text)\n"))
  }

  @Test func `options are read from help and page alike`() {
    let help = """
      OVERVIEW: Trace file opens.

      EXAMPLES:
        opensnoop -T           # with -T, --not-an-option

      USAGE: opensnoop <options>

      FILTERS:
        -p, --pid <pid>         Trace these processes only: one id, or several with
                                --commas.
        --time-format <time-format>
                                Write times as local <or> utc.
        -e, --extended-fields, --extended_fields
                                Print the flags.
        -h, -?, --help          Show help information.
      """
    let page = """
      .Sh OPTIONS
      .Bl -tag -width Ds
      .It Fl p , -pid Ar list
      Trace these
      .Fl x
      .It Fl -time-format Ar format
      .It Fl e , Fl -extended-fields , Fl -extended_fields
      .It Fl h , \\&? , -help
      .It Ar command
      .El
      """
    let expected: Set<Option> = [
      Option(spellings: ["-p", "--pid"], takesValue: true),
      Option(spellings: ["--time-format"], takesValue: true),
      Option(spellings: ["-e", "--extended-fields", "--extended_fields"], takesValue: false),
      Option(spellings: ["-h", "-?", "--help"], takesValue: false),
    ]
    #expect(Option.ofHelp(help) == expected)
    #expect(Option.ofPage(page) == expected)
  }
}
