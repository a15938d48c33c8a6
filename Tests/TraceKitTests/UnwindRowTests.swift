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
}
