import Foundation
import Testing

@Suite struct CommandLineTests {
  @Test(arguments: Repository.executables, ["--help", "-?", "--usage", "--version", "-V"])
  func `a question about the tool itself is answered on standard output`(
    tool: String, option: String
  ) throws {
    for prefix in [[], unprivileged] {
      let result = try run(tool, [option], through: prefix)
      #expect(result.status == 0)
      #expect(result.errors == "")
      switch option {
      case "--version", "-V":
        #expect(
          result.output.wholeMatch(of: /(\S+) \(swift-bpf-tools\) \d+\.\d+\.\d+\n/)?.1
            == Substring(tool))
      case "--usage": #expect(result.output.hasPrefix(tool + " "))
      default:
        #expect(result.output.contains("USAGE: \(tool) "))
        #expect(result.output.contains("\nEXAMPLES:\n  \(tool)"))
        // A terminal has eighty columns.
        #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
      }
    }
  }

  @Test(arguments: Repository.tools)
  func `an ordinary user is told what is missing`(tool: String) throws {
    let result = try run(tool, Repository.needed(by: tool), through: unprivileged)
    #expect(result.status == 77)
    #expect(result.output == "")
    #expect(
      result.errors
        == "\(tool): not permitted: run it as root, or with CAP_BPF and CAP_PERFMON\n")
  }

  @Test(arguments: Repository.tools)
  func `one of the two capabilities is not enough`(tool: String) throws {
    for capability in ["bpf", "perfmon"] {
      let given = [
        "setpriv", "--reuid", "65534", "--clear-groups",
        "--inh-caps", "-all,+\(capability)", "--ambient-caps", "-all,+\(capability)",
      ]
      let result = try run(tool, Repository.needed(by: tool), through: given)
      #expect(result.status == 77, "\(result.errors)")
      #expect(result.errors.hasPrefix("\(tool): not permitted: "))
    }
  }

  @Test(arguments: Repository.executables)
  func `bad input is told to an ordinary user too`(tool: String) throws {
    let result = try run(tool, Repository.needed(by: tool) + ["--nosuch"], through: unprivileged)
    #expect(result.status == 64)
    #expect(result.errors == "\(tool): Unknown option '--nosuch'\n")
  }

}

/// What starts a command without any capability.
let unprivileged = ["setpriv", "--reuid", "65534", "--clear-groups", "--inh-caps", "-all"]
