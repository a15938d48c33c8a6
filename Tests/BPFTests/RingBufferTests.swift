import Testing

@testable import BPF

extension Loader {
  /// Records on their way through a ring of 4096 bytes, 16 bytes each.
  @Suite struct Rings {
    private let object: LoadedObject
    private let asked: SharedVariable<UInt32>

    init() throws {
      object = try load("good", programs: ["write_records", "write_and_discard"])
      asked = try object.variable("asked", as: UInt32.self)
    }

    private func numbers(_ ring: RingBuffer, limit: Int = .max) throws -> [UInt64] {
      var numbers: [UInt64] = []
      let count = try ring.drain(limit: limit) { bytes in
        #expect(bytes.byteCount == 8)
        numbers.append(bytes.unsafeLoad(as: UInt64.self))
        return true
      }
      #expect(count == numbers.count)
      return numbers
    }

    private func expectNumbers(
      _ ring: RingBuffer, limit: Int = .max, _ expected: [UInt64],
      at place: SourceLocation = #_sourceLocation
    ) throws {
      let found = try numbers(ring, limit: limit)
      #expect(found == expected, sourceLocation: place)
    }

    private func write(_ count: UInt32) throws {
      asked.value = count
      try object.run("write_records")
    }

    @Test func `every record arrives once and in order over many turns of the ring`() throws {
      let ring = try RingBuffer("events", in: object)
      let capacity = ring.capacity
      #expect(capacity == 4096)
      var isEmpty = ring.isEmpty
      #expect(isEmpty)
      var received: [UInt64] = []
      // 23 and 256 have no common divisor, so the turn falls on every place.
      for _ in 0..<1000 {
        try write(23)
        isEmpty = ring.isEmpty
        #expect(!isEmpty)
        received += try numbers(ring)
        isEmpty = ring.isEmpty
        #expect(isEmpty)
      }
      #expect(received == Array(0..<23_000))
      #expect(try object.variable("lost", as: UInt64.self).value == 0)
    }

    @Test func `a ring of which only a part is mapped at a time is read whole`() throws {
      let object = try load("good", programs: ["write_records"]) {
        try $0.setMaxEntries(of: "events", to: 1 << 20)
      }
      let asked = try object.variable("asked", as: UInt32.self)
      let ring = try RingBuffer("events", in: object)
      // 65,536 records make a turn.
      asked.value = 61
      var received = 0
      for _ in 0..<3000 {
        try object.run("write_records")
        let found = try numbers(ring)
        #expect(found == Array(UInt64(received)..<UInt64(received + 61)))
        received += found.count
      }
    }

    @Test func `a ring that is still being made while its object is loaded gets the records`()
      throws
    {
      // The kernel clears some 16 thousand pages for it.
      let bytes = 64 << 20
      let object = try load("good", programs: ["write_records"]) {
        try $0.setMaxEntries(of: "events", to: bytes)
        try $0.take(.take(.init(bytes: bytes)), as: "events")
      }
      let ring = try RingBuffer("events", in: object)
      let capacity = ring.capacity
      #expect(capacity == bytes)
      let asked = try object.variable("asked", as: UInt32.self)
      asked.value = 61
      for _ in 0..<100 { try object.run("write_records") }
      try expectNumbers(ring, Array(0..<6100))
    }

    @Test func `what does not fit is lost and counted, and what fits is not`() throws {
      let ring = try RingBuffer("events", in: object)
      for _ in 0..<10 { try write(64) }
      let lost = try object.variable("lost", as: UInt64.self)
      let received = try numbers(ring)
      // The ring is full when one more record would reach the reader.
      #expect((255...256).contains(received.count))
      #expect(received == Array(0..<UInt64(received.count)))
      #expect(lost.value + UInt64(received.count) == 640)
      try write(5)
      try expectNumbers(ring, Array(640..<645))
    }

    @Test func `a limit and a reader that stops leave the rest`() throws {
      let ring = try RingBuffer("events", in: object)
      try write(10)
      try expectNumbers(ring, limit: 3, [0, 1, 2])
      try expectNumbers(ring, limit: 0, [])
      var stopped: [UInt64] = []
      let count = try ring.drain { bytes in
        stopped.append(bytes.unsafeLoad(as: UInt64.self))
        return stopped.count < 2
      }
      #expect(count == 2)
      #expect(stopped == [3, 4])
      try expectNumbers(ring, [5, 6, 7, 8, 9])
    }

    @Test func `a record whose reader throws is not handed out again`() throws {
      struct Stop: Error {}
      let ring = try RingBuffer("events", in: object)
      try write(3)
      var isStopped = false
      do { _ = try ring.drain { _ in throw Stop() } } catch is Stop { isStopped = true }
      #expect(isStopped)
      try expectNumbers(ring, [1, 2])
    }

    @Test func `a record that was given up is passed over`() throws {
      let ring = try RingBuffer("events", in: object)
      try object.run("write_and_discard")
      try expectNumbers(ring, [0, 2])
      let isEmpty = ring.isEmpty
      #expect(isEmpty)
    }

    @Test func `a map that is no ring buffer cannot be read as one`() throws {
      let error = try bpfError { _ = try RingBuffer("hashed", in: object) }
      #expect(error.operation == .readMap)
      #expect(error.summary.hasPrefix("cannot read map hashed: "))
    }
  }
}
