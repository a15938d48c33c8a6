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

@Suite struct ManPageTests {
  @Test(arguments: Repository.executables)
  func `the page of a tool has the options of its help and no others`(tool: String) throws {
    let path = Repository.root + "/man/\(tool).8"
    guard let page = try? String(contentsOfFile: path, encoding: .utf8) else {
      Issue.record("there is no \(path)")
      return
    }
    let help = Option.ofHelp(try run(tool, ["--help"]).output)
    let documented = Option.ofPage(page)
    try #require(help.count > 5)
    #expect(help.subtracting(documented) == [], "not in the page, or otherwise")
    #expect(documented.subtracting(help) == [], "not in the help, or otherwise")
  }

  @Test func `options are read from help and page alike`() {
    let help = """
      OVERVIEW: Trace opens of files.

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
