import CLibbpf
import Testing

@testable import BPF

extension Loader {
  /// Variables and maps, there and back.
  @Suite struct Maps {
    @Test func `a constant is set before the verifier sees it`() throws {
      let usual = try load("good", programs: ["tell_limit"])
      #expect(try usual.run("tell_limit") == 7)
      let changed = try load("good", programs: ["tell_limit"]) {
        try $0.setVariable("limit", to: UInt64(41))
      }
      #expect(try changed.run("tell_limit") == 41)
      #expect(try changed.variable("limit", as: UInt64.self).value == 41)
    }

    @Test func `a variable is shared with the running programs both ways`() throws {
      let object = try load("good", programs: ["add_one"]) {
        try $0.setVariable("asked", to: UInt32(5))
      }
      let asked = try object.variable("asked", as: UInt32.self)
      #expect(asked.value == 5)
      #expect(try object.run("add_one") == 6)
      #expect(asked.value == 6)
      asked.value = 100
      #expect(try object.run("add_one") == 101)
      asked.storeOrdered(200)
      #expect(try object.run("add_one") == 201)
      #expect(asked.value == 201)
    }

    @Test func `a variable outlives the last other reference to its object`() throws {
      var object: LoadedObject? = try load("good", programs: ["add_one"])
      let asked = try #require(object).variable("asked", as: UInt32.self)
      object = nil
      asked.value = 9
      #expect(asked.value == 9)
    }

    @Test func `a hash map keeps, changes and removes`() throws {
      let map = try HashMap<UInt32, Entry>("hashed", in: load("good", programs: ["add_one"]))
      #expect(map.value(for: 3) == nil)
      try map.set(Entry(sum: 10, count: 1), for: 3)
      try map.set(Entry(sum: 20, count: 2), for: 4)
      try map.set(Entry(sum: 30, count: 3), for: 3)
      #expect(map.value(for: 3) == Entry(sum: 30, count: 3))
      map.remove(4)
      map.remove(5)
      #expect(map.value(for: 4) == nil)
      #expect(try map.entries().map(\.key) == [3])
    }

    @Test(arguments: [0, 1, 23, 1023, 1024, 1025, 5000, 8192])
    func `all entries are read, and drained once`(count: Int) throws {
      let map = try HashMap<UInt32, Entry>("hashed", in: load("good", programs: ["add_one"]))
      try fill(map, count)
      try expectEntries(map.entries(), count)
      try expectEntries(map.entries(), count)
      try expectEntries(map.drain(), count)
      #expect(try map.drain().isEmpty)
      #expect(try map.entries().isEmpty)
      // What comes after a drain is in the next one.
      try fill(map, 3)
      try expectEntries(map.drain(), 3)
    }

    @Test(arguments: [1, 2, 3, 100])
    func `a map as small as its content is drained`(count: Int) throws {
      let object = try load("good", programs: ["add_one"]) {
        try $0.setMaxEntries(of: "hashed", to: count)
      }
      let map = try HashMap<UInt32, Entry>("hashed", in: object)
      try fill(map, count)
      try expectEntries(map.drain(), count)
    }

    @Test func `an LRU hash map takes more than it holds and is drained`() throws {
      let map = try HashMap<UInt32, Entry>("recent", in: load("good", programs: ["add_one"]))
      try fill(map, 2000)
      let entries = try map.entries()
      #expect(!entries.isEmpty && entries.count <= 256)
      #expect(entries.allSatisfy { $0.value == value(of: $0.key) })
      // The newest one is never the one that is given up.
      #expect(entries.contains { $0.key == 1999 * 7 })
      #expect(Set(try map.drain().map(\.key)) == Set(entries.map(\.key)))
      #expect(try map.drain().isEmpty)
    }

    @Test func `an array map begins with zeros`() throws {
      let slots = try ArrayMap<UInt64>("slots", in: load("good", programs: ["add_one"]))
      #expect(try (0..<4).map { try slots.value(at: $0) } == [0, 0, 0, 0])
      try slots.set(.max, at: 3)
      #expect(try (0..<4).map { try slots.value(at: $0) } == [0, 0, 0, .max])
    }

    @Test func `a per-CPU array has a value of each CPU until it is cleared`() throws {
      let object = try load("good", programs: ["count_here"])
      let map = try PerCPUArray<Triple>("per_cpu", in: object)
      let cpus = Int(libbpf_num_possible_cpus())
      let online = try #require(File.contents(of: "/sys/devices/system/cpu/online"))
      let last = try #require(UInt32(online.split { !$0.isNumber }.last ?? ""))
      for cpu in 0...last {
        for _ in 0...cpu { #expect(try object.run("count_here", cpu: cpu) == cpu) }
      }
      var values = try map.values(at: 1)
      #expect(values.count == cpus)
      for (cpu, value) in values.enumerated() {
        let runs = cpu <= Int(last) ? UInt32(cpu + 1) : 0
        #expect(value == Triple(first: runs, second: 10 * runs, third: 100 * runs))
      }
      #expect(try map.values(at: 0).allSatisfy { $0 == Triple() })
      try map.clear(at: 1)
      values = try map.values(at: 1)
      #expect(values == Array(repeating: Triple(), count: cpus))
      let error = try bpfError { _ = try map.values(at: 2) }
      #expect(error.operation == .readMap)
    }

    @Test func `a map and its size are set before loading only`() throws {
      var open = try OpenObject(image("good"), types: .none)
      let found = (open.hasMap("recent"), open.hasMap("nosuch"))
      #expect(found == (true, false))
      try open.keepOnly(programs: ["add_one"])
      try open.leaveOut(map: "recent")
      try open.setMaxEntries(of: "hashed", to: 4)
      let object = try open.load()
      let map = try HashMap<UInt32, Entry>("hashed", in: object)
      #expect(map.handle.maxEntries == 4)
      #expect(try HashMap<UInt32, Entry>("recent", in: object).handle.descriptor < 0)
    }

    private func value(of key: UInt32) -> Entry { Entry(sum: UInt64(key) << 20, count: key) }

    private func fill(_ map: HashMap<UInt32, Entry>, _ count: Int) throws {
      for index in 0..<UInt32(count) { try map.set(value(of: index * 7), for: index * 7) }
    }

    private func expectEntries(_ entries: [(key: UInt32, value: Entry)], _ count: Int) {
      #expect(entries.map(\.key).sorted() == (0..<UInt32(count)).map { $0 * 7 })
      #expect(entries.allSatisfy { $0.value == value(of: $0.key) })
    }
  }
}

/// `struct triple` of good.bpf.c.
struct Triple: BitwiseCopyable, Equatable {
  var first: UInt32 = 0
  var second: UInt32 = 0
  var third: UInt32 = 0
}
