import Foundation
import Testing

@testable import TraceKit

@Suite struct SystemCallTests {
  /// The names by number in what a compiler sees of a header.
  private static func header(_ name: String, _ definitions: [String]) throws -> [UInt32: String] {
    let compiler = Process(), input = Pipe(), output = Pipe()
    compiler.executableURL = URL(filePath: "/usr/bin/env")
    compiler.arguments = ["cc", "-E", "-dM", "-x", "c", "-"] + definitions.map { "-D\($0)" }
    compiler.standardInput = input
    compiler.standardOutput = output
    try compiler.run()
    input.fileHandleForWriting.write(Data("#include <\(name)>\n".utf8))
    try input.fileHandleForWriting.close()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    compiler.waitUntilExit()
    var values: [Substring: Substring] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 3, words[1].hasPrefix("__NR") { values[words[1]] = words[2] }
    }
    var names: [UInt32: String] = [:]
    for (key, value) in values where key.hasPrefix("__NR_") {
      var number = value
      while let next = values[number] { number = next }
      let name = String(key.dropFirst(5))
      if let number = UInt32(number), !["arch_specific_syscall", "syscalls"].contains(name) {
        names[number] = name
      }
    }
    return names
  }

  @Test func `the tables have what the headers of this machine have`() throws {
    let wanted = ["RENAMEAT", "NEW_STAT", "SET_GET_RLIMIT", "SYS_CLONE3"]
    for (table, header, definitions) in [
      (
        SystemCalls.Architecture.arm64, "asm-generic/unistd.h",
        ["__BITS_PER_LONG=64"] + wanted.map { "__ARCH_WANT_\($0)" }
      ),
      (.x86_64, "asm/unistd_64.h", []),
    ] {
      #if !arch(x86_64)
        guard table == .arm64 else { continue }
      #endif
      let known = SystemCalls.table(of: table)
      let names = try Self.header(header, definitions)
      try #require(names.count > 300)
      for (number, name) in names {
        #expect(known[number] == name || name == "memfd_secret", "\(header): \(number)")
      }
      #expect(Set(known.values).count == known.count)
    }
  }

  @Test func `a name and its number lead to each other`() {
    for (number, name) in SystemCalls.all {
      #expect(SystemCalls.name(of: number) == name)
      #expect(SystemCalls.number(of: name) == number)
    }
    #expect(SystemCalls.number(of: "nosuch") == nil)
    #expect(SystemCalls.name(of: 511) == nil)
  }

  @Test func `an errno is taken by name and by number`() throws {
    #expect(try Parse.errno("ENOENT") == 2)
    #expect(try Parse.errno("enoent") == 2)
    #expect(try Parse.errno("512") == 512)
    for text in ["", "0", "-2", "4096", "ENOSUCH", "2x"] {
      #expect(throws: Parse.Reason.self) { try Parse.errno(text) }
    }
  }
}
