import CLibdw
import CLinux
import Foundation
import Testing
import Wire

@testable import TraceKit

@Suite struct UnwindRowTests {
  private func answer(size: UInt64, rows: [unwind_row]) -> [UInt8] {
    withUnsafeBytes(of: reader_unwind(size: size, base: 4096)) { Array($0) }
      + rows.withUnsafeBytes { Array($0) }
  }

  private func part(_ bytes: [UInt8], after count: Int = 0) -> UnwindRows.Part? {
    bytes.withUnsafeBytes { UnwindRows.Part($0, after: count) }
  }

  @Test("an answer has its rows, and where the file begins")
  func whole() throws {
    let first = try #require(part(answer(size: 2, rows: [.init(place: 1, rule: 2)])))
    #expect(first.base == 4096)
    #expect(first.total == 2)
    #expect(first.rows.map(\.place) == [1] && first.rows.map(\.rule) == [2])
  }

  @Test("an answer of another form, or that leads to no end, is none")
  func hostile() {
    let row = unwind_row(place: 1, rule: 2)
    #expect(part([]) == nil)
    #expect(part([1, 2, 3]) == nil)
    #expect(part(answer(size: 1, rows: [])) == nil)
    #expect(part(answer(size: 1, rows: [row, row])) == nil)
    #expect(part(answer(size: 2, rows: [row]), after: 2) == nil)
    #expect(part(answer(size: .max, rows: [row])) == nil)
    #expect(part(answer(size: 1, rows: [row]).dropLast().map { $0 }) == nil)
  }

  private func rows(of path: String, greatest: Int = .max) throws -> UnwindRows {
    let domain = SymbolDomain(user: getuid(), shared: .init { Issue.record("\($0)") })
    let descriptor = try #require(OwnedDescriptor(open(path, O_RDONLY | O_CLOEXEC)))
    let file = try #require(MappedFile(path: path, descriptor, in: domain))
    return domain.rows(of: file, greatest: greatest)
  }

  /// The C library of this process.
  private func library() throws -> String {
    let maps = try #require(TraceKit.Mapping.all(in: "/proc/self/maps", atMost: 4096, seconds: 5))
    return try #require(maps.first { $0.path.hasSuffix("/libc.so.6") }).path
  }

  @Test("the C library has thousands of rows, in the order of their places")
  func order() throws {
    guard case .some(let base, let rows) = try rows(of: library()) else {
      Issue.record("it has no rows")
      return
    }
    #expect(base == 0)
    #expect(rows.count > 5000)
    #expect(zip(rows, rows.dropFirst()).allSatisfy { $0.place < $1.place })
    #expect(rows.contains { $0.rule == UNWIND_END.rawValue })
  }

  @Test("a file that is larger than asked is not read, and one that is no program has none")
  func limits() throws {
    guard case .tooLarge = try rows(of: library(), greatest: 1024) else {
      Issue.record("it was read")
      return
    }
    guard case .none = try rows(of: "/etc/passwd") else {
      Issue.record("a text has rows")
      return
    }
  }

  @Test("a stack of Go ends where its runtime changes to another, or goes on there")
  func go() throws {
    let table = TinyLibrary.goTable(
      0xffff_fff1, text: TinyLibrary.code, names: ("runtime.systemstack.abi0", "runtime.mcall"))
    let path = FileManager.default.temporaryDirectory.path + "/go-\(getpid())-\(UUID())"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(TinyLibrary.goProgram(table).file).write(to: URL(filePath: path))
    guard case .some(let base, let rows) = try rows(of: path) else {
      Issue.record("it has no rows")
      return
    }
    let other = UNWIND_UNKNOWN.rawValue | 4 << UInt32(UNWIND_AMOUNT_SHIFT)
    #expect(rows.map { base + UInt64($0.place) } == [0x1000, 0x1010, 0x1020])
    #expect(rows.map(\.rule) == [other, UNWIND_END.rawValue, UNWIND_UNKNOWN.rawValue])
  }

  #if arch(x86_64)
    /// The rows of a program with this code and no call frame information.
    private func rows(of code: [UInt8]) throws -> UnwindRows {
      let path = FileManager.default.temporaryDirectory.path + "/code-\(getpid())-\(UUID())"
      defer { try? FileManager.default.removeItem(atPath: path) }
      var program = TinyLibrary()
      let padding = [UInt8](repeating: 0x90, count: 20_000 - code.count)
      program[".text"].contents = code + padding
      try Data(program.file).write(to: URL(filePath: path))
      return try rows(of: path)
    }

    private func rule(_ how: unwind_how, _ amount: UInt32, saved: UInt32 = 0) -> UInt32 {
      how.rawValue | amount << UInt32(UNWIND_AMOUNT_SHIFT) | saved << UInt32(UNWIND_SAVED_SHIFT)
    }

    @Test("code that is not described has the rows of what it does to the stack")
    func undescribed() throws {
      let code: [UInt8] = [
        0x55,  // push %rbp
        0x48, 0x8b, 0xec,  // mov %rsp, %rbp
        0x53,  // push %rbx
        0x48, 0x83, 0xec, 0x18,  // sub $24, %rsp
        0x85, 0xff,  // test %edi, %edi
        0x74, 0x0c,  // je 0x19
        0xe8, 0x13, 0, 0, 0,  // call 0x25
        0x48, 0x83, 0xc4, 0x18,  // add $24, %rsp
        0x5b,  // 0x16: pop %rbx
        0x5d,  // pop %rbp
        0xc3,  // ret
        0x48, 0x29, 0xfc,  // 0x19: sub %rdi, %rsp
        0x48, 0x89, 0xe0,  // mov %rsp, %rax
        0x48, 0x8d, 0x65, 0xf8,  // lea -8(%rbp), %rsp
        0xeb, 0xf1,  // jmp 0x16
        0xc3,  // 0x25: ret, of a function without a symbol
      ]
      guard case .some(let base, let rows) = try rows(of: code) else {
        Issue.record("it has no rows")
        return
      }
      let saved: (unwind_how, UInt32) -> UInt32 = { rule($0, $1, saved: 2) }
      let expected: [(Int, UInt32)] = [
        (0x00, rule(UNWIND_STACK, 1)), (0x01, saved(UNWIND_STACK, 2)),
        (0x05, saved(UNWIND_STACK, 3)), (0x09, saved(UNWIND_STACK, 6)),
        (0x16, saved(UNWIND_STACK, 3)), (0x17, saved(UNWIND_STACK, 2)),
        (0x18, rule(UNWIND_STACK, 1)), (0x19, saved(UNWIND_STACK, 6)),
        (0x1c, saved(UNWIND_FRAME, 2)), (0x23, saved(UNWIND_STACK, 3)),
        (0x25, rule(UNWIND_STACK, 1)), (0x26, UNWIND_UNKNOWN.rawValue),
      ]
      #expect(rows.map { Int(base) + Int($0.place) - 0x1000 } == expected.map(\.0))
      #expect(rows.map(\.rule) == expected.map(\.1))
    }

    @Test("a stack ends where code clears the frame pointer that it did not save")
    func begun() throws {
      // xor %ebp, %ebp; call 8; hlt; ret
      let code: [UInt8] = [0x31, 0xed, 0xe8, 0x01, 0, 0, 0, 0xf4, 0xc3]
      guard case .some(_, let rows) = try rows(of: code) else {
        Issue.record("it has no rows")
        return
      }
      let expected = [rule(UNWIND_STACK, 1), UNWIND_END.rawValue, rule(UNWIND_STACK, 1), 0]
      #expect(rows.map(\.rule) == expected)
    }

    @Test(
      "code that returns with another stack than it began with has no rows",
      arguments: [[0x53, 0xc3], [0x48, 0x83, 0xec, 0x04, 0xc3], [0xeb, 0xfe]] as [[UInt8]])
    func otherStacks(_ code: [UInt8]) throws {
      guard case .none = try rows(of: code) else {
        Issue.record("it has rows")
        return
      }
    }
  #endif
}
