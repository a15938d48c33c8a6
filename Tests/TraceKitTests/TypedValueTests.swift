import Testing

@testable import TraceKit

/// Values with their types, as C and as JSON have them.
@Suite struct TypedValueTests {
  private func written(
    _ layout: TypeLayout, _ bytes: [UInt8], lines: Bool = false
  ) -> (c: String, json: String) {
    bytes.withUnsafeBytes { bytes in
      let value = TypedValue(layout, at: bytes) ?? .memory(bytes)
      return (
        text { TypedValueText(out: $0, isMultiline: lines).write(value, layout, indent: 0) },
        text { TypedValueJSON(out: $0).write(value, layout) }
      )
    }
  }

  private static let byte = TypeLayout(name: "u8", size: 1, kind: .integer(isSigned: false))
  private static let int = TypeLayout(name: "int", size: 4, kind: .integer(isSigned: true))
  private static let character = TypeLayout(name: "char", size: 1, kind: .character)

  private func array(_ element: TypeLayout, _ count: Int) -> TypeLayout {
    TypeLayout(
      name: "\(element.name) [\(count)]", size: element.size * count,
      kind: .array(of: element, count: count))
  }

  private func structure(_ members: [TypeLayout.Member], size: Int) -> TypeLayout {
    TypeLayout(name: "struct s", size: size, kind: .structure(members))
  }

  @Test func `numbers have the sign of their type, and addresses are hexadecimal`() {
    let pointer = TypeLayout(name: "void *", size: 8, kind: .pointer)
    let boolean = TypeLayout(name: "bool", size: 1, kind: .boolean)
    #expect(written(Self.int, [0xfe, 0xff, 0xff, 0xff]) == ("(int)-2", "-2"))
    #expect(written(Self.byte, [0xfe]) == ("(u8)254", "254"))
    #expect(
      written(pointer, [0, 1, 0, 0, 0, 0, 0, 0xff]) == (
        "(void *)0xff00000000000100", "\"0xff00000000000100\""
      ))
    #expect(written(boolean, [1]) == ("(bool)true", "true"))
    #expect(written(boolean, [7]) == ("(bool)7", "7"))
  }

  @Test func `texts end at their NUL and are escaped`() {
    let found = written(array(Self.character, 8), Array("a\"\u{1b}\0bcd".utf8))
    #expect(found == ("(char [8])\"a\\\"\\x1b\"", "\"a\\\"\\u001b\""))
  }

  @Test func `arrays end with their last element that is not 0`() {
    #expect(
      written(array(Self.byte, 5), [1, 0, 3, 0, 0]) == ("(u8 [5]){ 1, 0, 3 }", "[1,0,3,0,0]"))
    #expect(written(array(Self.byte, 3), [0, 0, 0]) == ("(u8 [3]){}", "[0,0,0]"))
    // Less is there than the type says.
    #expect(written(array(Self.int, 1 << 30), [1, 0, 0, 0, 2, 0]).json == "[1]")
    #expect(written(array(array(Self.byte, 0), 9), [1]).json == "[]")
  }

  @Test func `bits, members without a name, and what is not there`() {
    let inner = structure(
      [
        .init(name: "a", layout: Self.int, bitOffset: 0, bitCount: 3),
        .init(name: "", layout: Self.int, bitOffset: 3, bitCount: 2),
        .init(name: "b", layout: Self.byte, bitOffset: 5, bitCount: 7),
      ], size: 4)
    let outer = structure(
      [
        .init(name: "first", layout: Self.byte, bitOffset: 0, bitCount: nil),
        .init(name: "", layout: inner, bitOffset: 32, bitCount: nil),
        .init(name: "last", layout: Self.int, bitOffset: 64, bitCount: nil),
      ], size: 12)
    let found = written(outer, [9, 0, 0, 0, 0b1010_0101, 0b0000_1001, 0, 0, 5, 0, 0])
    #expect(found.json == #"{"first":9,"a":-3,"b":77}"#)
    #expect(found.c == "(struct s){ .first = (u8)9, .a = (int)-3, .b = (u8)77 }")
    let lines = written(outer, [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], lines: true).c
    #expect(lines == "(struct s){\n  .a = (int)1,\n}")
    #expect(written(outer, [], lines: true) == ("(struct s){}", "{}"))
  }

  private static let hasTypes = KernelType(structure: "task_struct") != nil

  private func layout(_ name: String, room: Int = 4096) throws -> TypeLayout {
    try #require(KernelType(structure: name)).layout(room: room)
  }

  @Test(.enabled(if: hasTypes)) func `structures of the running kernel`() throws {
    let address = written(
      try layout("iphdr"),
      [0x45, 0x10, 0, 60, 0, 0, 0x40, 0, 64, 6, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0]
    ).c
    #expect(
      address.hasPrefix("(struct iphdr){ .ihl = (__u8)5, .version = (__u8)4, .tos = (__u8)16"))
    #expect(address.contains(".ttl = (__u8)64, .protocol = (__u8)6"))
    let name = Array("Linux\0".utf8) + Array(repeating: 0, count: 384)
    #expect(
      written(try layout("new_utsname"), name).c
        == "(struct new_utsname){ .sysname = (char [65])\"Linux\" }")
    let list: [UInt8] = Array(repeating: 0, count: 8) + [0x10, 0, 0, 0, 0, 0, 0, 0]
    #expect(
      written(try layout("list_head"), list).c
        == "(struct list_head){ .prev = (struct list_head *)0x10 }")
    let map = try #require(KernelType(structure: "bpf_map")),
      type = try #require(map.field("map_type"))
    var bytes: [UInt8] = Array(repeating: 0, count: map.size ?? 0)
    bytes[type.bitOffset / 8] = 1
    #expect(
      written(try layout("bpf_map"), bytes).c.contains(
        ".map_type = (enum bpf_map_type)BPF_MAP_TYPE_HASH"))
  }

  @Test(.enabled(if: hasTypes)) func `of a large structure the begin is looked at`() throws {
    let part = try layout("task_struct", room: 64), whole = try layout("task_struct", room: 1 << 16)
    #expect(part.size == whole.size && part.size > 1024)
    func count(_ layout: TypeLayout) -> Int {
      if case .structure(let members) = layout.kind { members.count } else { 0 }
    }
    #expect(count(part) < count(whole) && count(part) > 1)
  }
}
