import Foundation
import Testing

@testable import TraceKit

/// The bytes of a number, as a file has them.
private func number(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

@Suite struct USDTProbeTests {
  /// One note of a file.
  private struct Note {
    var provider = "fake"
    var name = "probe"
    var arguments = "-8@%rdi 8@%rsi"
    var address: UInt64 = 0x1010
    var base: UInt64 = 0
    var semaphore: UInt64 = 0
    var owner = "stapsdt"
    var type: UInt32 = 3

    var bytes: [UInt8] {
      let texts = [provider, name, arguments].flatMap { text -> [UInt8] in
        Array(text.utf8) + [0]
      }
      let body = number(address) + number(base) + number(semaphore) + texts
      let owner = Array(owner.utf8) + [0]
      let sizes = number(UInt32(owner.count)) + number(UInt32(body.count))
      return sizes + number(type) + padded(owner) + padded(body)
    }

    private func padded(_ bytes: [UInt8]) -> [UInt8] {
      bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
    }
  }

  /// A program with these notes, whose address 0x1000 is at 0x400 of the file.
  ///
  /// - Parameter base: the address of the section that says whether addresses have moved.
  private func program(_ notes: [UInt8], base: UInt64? = nil) -> [UInt8] {
    let names = Array("\0.shstrtab\0.note.stapsdt\0.stapsdt.base\0".utf8)
    let sectionCount = base == nil ? 3 : 4
    let segmentAt = 64, sectionsAt = segmentAt + 56
    let namesAt = sectionsAt + 64 * sectionCount
    let notesAt = namesAt + names.count
    var file: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
    file += number(UInt16(3)) + number(UInt16(62)) + number(UInt32(1)) + number(UInt64(0))
    file += number(UInt64(segmentAt)) + number(UInt64(sectionsAt)) + number(UInt32(0))
    file += number(UInt16(64)) + number(UInt16(56)) + number(UInt16(1))
    file += number(UInt16(64)) + number(UInt16(sectionCount)) + number(UInt16(1))
    file += number(UInt32(1)) + number(UInt32(5)) + number(UInt64(0x400))
    file += number(UInt64(0x1000)) + number(UInt64(0x1000)) + number(UInt64(0x800))
    file += number(UInt64(0x800)) + number(UInt64(0x1000))
    func section(_ name: Int, _ type: UInt32, address: UInt64, at offset: Int, size: Int) {
      file += number(UInt32(name)) + number(type) + number(UInt64(0)) + number(address)
      file += number(UInt64(offset)) + number(UInt64(size)) + number(UInt64(0))
      file += number(UInt64(1)) + number(UInt64(0))
    }
    section(0, 0, address: 0, at: 0, size: 0)
    section(1, 3, address: 0, at: namesAt, size: names.count)
    section(11, 7, address: 0, at: notesAt, size: notes.count)
    if let base { section(25, 1, address: base, at: 0, size: 1) }
    return file + names + notes
  }

  private func probes(of file: [UInt8]) throws -> [USDTProbe]? {
    try withTemporaryFile { path in
      try Data(file).write(to: URL(filePath: path))
      return USDTProbe.all(in: .at(path))
    }
  }

  @Test func `the notes of a file are its probes, in order`() throws {
    let notes = [
      Note(name: "second", address: 0x1020), Note(name: "first", semaphore: 0x1100),
      Note(provider: "another", arguments: ""),
    ]
    let found = try #require(try probes(of: program(notes.flatMap(\.bytes))))
    #expect(found.map(\.fullName) == ["another:probe", "fake:first", "fake:second"])
    #expect(found.map(\.offset) == [0x410, 0x410, 0x420])
    #expect(found.map(\.semaphore) == [nil, 0x500, nil])
    #expect(found.map(\.arguments) == ["", "-8@%rdi 8@%rsi", "-8@%rdi 8@%rsi"])
  }

  @Test func `addresses that were moved after linking are moved back`() throws {
    let note = Note(address: 0x2010, base: 0x3000, semaphore: 0x2100)
    let found = try probes(of: program(note.bytes, base: 0x2000))
    #expect(found?.map(\.offset) == [0x410] && found?.map(\.semaphore) == [0x500])
    // A note without such an address has not moved.
    #expect(try probes(of: program(Note().bytes, base: 0x2000))?.map(\.offset) == [0x410])
  }

  @Test func `notes of others, and those that say nothing useful, are passed over`() throws {
    let notes = [
      Note(owner: "GNU"), Note(type: 4), Note(provider: ""), Note(name: ""),
      Note(address: 0x3000), Note(name: "good"),
    ]
    #expect(try probes(of: program(notes.flatMap(\.bytes)))?.map(\.name) == ["good"])
    #expect(try probes(of: program([]))?.isEmpty == true)
  }

  @Test func `what is no program has no probes`() throws {
    #expect(try probes(of: []) == nil)
    #expect(try probes(of: Array("#!/bin/sh\n".utf8)) == nil)
    for path in ["/dev/zero", "/proc/self", "/no/such/file"] {
      #expect(USDTProbe.all(in: .at(path)) == nil, "\(path)")
    }
  }

  @Test func `a file that is cut or spoilt gives fewer probes and never a crash`() throws {
    let whole = program((0..<4).flatMap { Note(name: "probe\($0)").bytes }, base: 0x1000)
    let path = NSTemporaryDirectory() + "usdt-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    func check(_ file: [UInt8]) throws {
      try Data(file).write(to: URL(filePath: path))
      #expect(USDTProbe.all(in: .at(path))?.count ?? 0 <= 4)
    }
    for count in stride(from: 0, to: whole.count, by: 7) { try check(Array(whole.prefix(count))) }
    var numbers = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      var file = whole
      for _ in 0..<Int.random(in: 1...6, using: &numbers) {
        file[Int.random(in: 4..<file.count, using: &numbers)] =
          [0, 1, 0x7f, 0x80, 0xff, .random(in: 0 ... .max, using: &numbers)].randomElement()!
      }
      try check(file)
    }
    // Sizes that add up to more than there is.
    for place in [0, 4] {
      var notes = Note().bytes
      notes.replaceSubrange(place..<place + 4, with: [0xff, 0xff, 0xff, 0xff])
      #expect(try probes(of: program(notes))?.isEmpty == true)
    }
  }

  @Test func `a tracepoint's own fields are those after the common ones`() {
    let format = """
      name: sched_switch
      ID: 1
      format:
      \tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;

      \tfield:char prev_comm[16];\toffset:8;\tsize:16;\tsigned:0;
      \tfield:__data_loc char[] name;\toffset:24;\tsize:4;\tsigned:0;

      print fmt: "%s", REC->prev_comm
      """
    #expect(
      ProbeList.fields(ofFormat: format) == ["char prev_comm[16];", "__data_loc char[] name;"])
    #expect(ProbeList.fields(ofFormat: "").isEmpty)
  }

  @Test(arguments: [
    ("sched:*", "sched:sched_switch", true), ("*:sched_switch", "sched:sched_switch", true),
    ("sched", "sched:sched_switch", false), ("sched:[a-c]*", "sched:sched_switch", false),
    ("sched:[r-t]*", "sched:sched_switch", true),
  ])
  func `names are chosen as a shell does`(_ pattern: String, _ name: String, _ expected: Bool) {
    #expect(ProbeList.isWanted(name, by: pattern) == expected)
    #expect(ProbeList.isWanted(name, by: nil))
  }
}
