import Testing

@testable import BPF

extension Loader {
  /// What a person reads when an object, a program, a map or a variable is not
  /// as it should be.
  @Suite struct Errors {
    @Test func `bytes that are no ELF file are refused by name`() throws {
      let error = try bpfError {
        _ = try OpenObject(image("garbage", Array("this is no object file at all".utf8)))
      }
      #expect(error.operation == .open)
      #expect(error.subject == "garbage")
      #expect(
        error.summary == "cannot open object garbage: "
          + "BPF object format invalid (LIBBPF_ERRNO__FORMAT)")
      #expect(error.explanation?.contains("garbage") == true)
    }

    @Test func `an object cut in the middle is refused`() throws {
      let whole = try image("good")
      let error = try bpfError {
        _ = try OpenObject(image("cut", Array(whole.bytes.prefix(whole.bytes.count / 2))))
      }
      #expect(error.summary.hasPrefix("cannot open object cut: "))
      #expect(error.errno != nil)
    }

    @Test func `the verifier's last lines tell the reason and how many were left out`() throws {
      let error = try bpfError { _ = try load("refused", programs: ["out_of_bounds"]) }
      #expect(error.operation == .load)
      #expect(error.errno == .accessDenied)
      #expect(
        error.summary == "cannot load program out_of_bounds (raw_tp/sys_enter): "
          + "Permission denied (EACCES)")
      try expectExcerpt(error)
    }

    @Test func `a verifier log of megabytes is told by its end`() throws {
      let error = try bpfError { _ = try load("refused", programs: ["out_of_bounds_late"]) }
      #expect(error.subject == "out_of_bounds_late")
      try expectExcerpt(error)
    }

    private func expectExcerpt(_ error: BPFError) throws {
      let lines = try #require(error.explanation).split(separator: "\n")
      #expect(lines.count == VerifierLog.usefulLines + 1)
      let first = try #require(lines.first?.wholeMatch(of: /\((\d+) lines left out\)/))
      #expect(try #require(Int(first.1)) > 0)
      let reason = "invalid access to map value, value_size=8"
      #expect(lines.suffix(2).contains { $0.contains(reason) })
      #expect(!lines.contains { $0.contains("PROG LOAD LOG") || $0.hasPrefix("processed ") })
      #expect(error.description == error.summary + "\n" + lines.joined(separator: "\n"))
    }

    @Test func `a map that cannot be created is named as a map`() throws {
      let error = try bpfError { _ = try load("no_map", programs: ["look_up"]) }
      #expect(error.operation == .createMap)
      #expect(error.summary == "cannot create map wide_keys: Invalid argument (EINVAL)")
    }

    @Test func `a variable of another size is refused with both sizes`() throws {
      let error = try bpfError {
        var open = try OpenObject(image("good"))
        try open.setVariable("limit", to: UInt32(1))
      }
      #expect(error.operation == .configure)
      #expect(error.explanation == "the object holds 8 bytes, the program has 4")
      #expect(error.cure == "build both from the same header")
      #expect(
        error.summary == "cannot set variable limit: the object holds 8 bytes, "
          + "the program has 4; build both from the same header")
    }

    @Test func `an unknown variable is named`() throws {
      let error = try bpfError {
        var open = try OpenObject(image("good"))
        try open.setVariable("nosuch", to: UInt32(1))
      }
      #expect(
        error.summary == "cannot set variable nosuch: the object has no variable of that name")
    }

    @Test func `an object without types of its own has no variables`() throws {
      let error = try bpfError {
        var open = try OpenObject(image("untyped"))
        try open.setVariable("number", to: UInt32(1))
      }
      #expect(
        error.summary == "cannot set variable number: the object has no variable of that name")
    }

    @Test func `a loaded object's variable is checked too`() throws {
      let object = try load("good", programs: ["add_one"])
      let size = try bpfError { _ = try object.variable("asked", as: UInt64.self) }
      #expect(size.explanation == "the object holds 4 bytes, the program has 8")
      let name = try bpfError { _ = try object.variable("nosuch", as: UInt64.self) }
      #expect(name.subject == "nosuch")
    }

    @Test func `an unknown program is named`() throws {
      let error = try bpfError { _ = try load("good", programs: ["add_one", "nosuch"]) }
      #expect(error.operation == .findProgram)
      #expect(error.summary == "cannot find program nosuch: the object has none of that name")
      let object = try load("good", programs: ["add_one"])
      let attach = try bpfError { _ = try object.attach("nosuch") }
      #expect(attach.summary == error.summary)
    }

    @Test func `an unknown map is named`() throws {
      let object = try load("good", programs: ["add_one"])
      let text = "cannot find map nosuch: the object has none of that name"
      #expect(try bpfError { _ = try ArrayMap<UInt64>("nosuch", in: object) }.summary == text)
      let open = try bpfError {
        _ = try load("good", programs: ["add_one"]) {
          try $0.setMaxEntries(of: "nosuch", to: 1)
        }
      }
      #expect(open.summary == text)
    }

    @Test func `a map of other keys or values is refused with both sizes`() throws {
      let object = try load("good", programs: ["add_one"])
      let key = try bpfError { _ = try HashMap<UInt64, UInt64>("hashed", in: object) }
      #expect(
        key.summary == "cannot find map hashed: its keys have 4 bytes, not 8; "
          + "build both sides from the same header")
      let value = try bpfError { _ = try HashMap<UInt32, UInt64>("hashed", in: object) }
      #expect(value.explanation == "its values have 16 bytes, not 8")
      let array = try bpfError { _ = try ArrayMap<UInt16>("slots", in: object) }
      #expect(array.explanation == "its values have 8 bytes, not 2")
      let perCPU = try bpfError { _ = try PerCPUArray<UInt64>("per_cpu", in: object) }
      #expect(perCPU.explanation == "its values have 12 bytes, not 8")
    }

    @Test func `an element that an array does not have cannot be read`() throws {
      let object = try load("good", programs: ["add_one"])
      let slots = try ArrayMap<UInt64>("slots", in: object)
      let read = try bpfError { _ = try slots.value(at: 4) }
      #expect(read.summary == "cannot read map slots: No such file or directory (ENOENT)")
      let write = try bpfError { try slots.set(1, at: 4) }
      #expect(write.summary == "cannot write map slots: Argument list too long (E2BIG)")
    }

    @Test func `a full map says so`() throws {
      let object = try load("good", programs: ["add_one"]) {
        try $0.setMaxEntries(of: "hashed", to: 2)
      }
      let map = try HashMap<UInt32, Entry>("hashed", in: object)
      try map.set(Entry(), for: 1)
      try map.set(Entry(), for: 2)
      let error = try bpfError { try map.set(Entry(), for: 3) }
      #expect(error.summary == "cannot write map hashed: Argument list too long (E2BIG)")
    }
  }
}

/// `struct entry` of good.bpf.c.
struct Entry: BitwiseCopyable, Equatable {
  var sum: UInt64 = 0
  var count: UInt32 = 0
  var padding: UInt32 = 0
}
