import Wire

/// How many events have come of those that each CPU has counted.
///
/// An event names the CPU that it is of. That may be another than the one that wrote it, as
/// where a request ends on another CPU than the one that began it; once this is seen, events
/// are told apart by their ring buffers only.
struct EventArrivals {
  private var ofCPU: [UInt64] = []
  /// Events that were given up and may come all the same.
  private var owed: [UInt64] = []
  private var ofRing: [UInt64]
  private var namesCPUs = true
  /// Whether all is here that a ring buffer had.
  var isEmptied: [Bool]

  private static let cpuOffset = MemoryLayout<event_header>.offset(of: \.cpu) ?? 0

  init(rings: Int) {
    ofRing = Array(repeating: 0, count: rings)
    isEmptied = Array(repeating: false, count: rings)
  }

  mutating func add(_ event: RawSpan, from ring: Int) {
    ofRing[ring] += 1
    guard namesCPUs else { return }
    let end = Self.cpuOffset + MemoryLayout<UInt32>.size
    let cpu =
      event.byteCount < end
      ? nil
      : event.unsafeLoadUnaligned(fromByteOffset: Self.cpuOffset, as: UInt32.self)
    if let cpu, cpu < ofCPU.count { ofCPU[Int(cpu)] += 1 } else { namesCPUs = false }
  }

  /// Compares what has come with what each CPU has counted since.
  mutating func check(_ begun: [UInt64]) {
    while ofCPU.count < begun.count {
      ofCPU.append(0)
      owed.append(0)
    }
    for cpu in begun.indices where ofCPU[cpu] > begun[cpu] {
      let more = ofCPU[cpu] - begun[cpu]
      if more > owed[cpu] { namesCPUs = false }
      owed[cpu] -= min(more, owed[cpu])
      ofCPU[cpu] = begun[cpu]
    }
    for (ring, sum) in sums(begun).enumerated() { ofRing[ring] = min(ofRing[ring], sum) }
  }

  /// Whether not all have come that were counted.
  ///
  /// - Parameter onlyEmptied: look only at ring buffers of which all is here.
  func areMissing(of begun: [UInt64], onlyEmptied: Bool = false) -> Bool {
    if namesCPUs {
      return begun.indices.contains { cpu in
        ofCPU[cpu] < begun[cpu] && (!onlyEmptied || isEmptied[cpu % ofRing.count])
      }
    }
    return sums(begun).enumerated().contains { ring, sum in
      ofRing[ring] < sum && (!onlyEmptied || isEmptied[ring])
    }
  }

  /// Takes what is missing for come.
  mutating func giveUp(_ begun: [UInt64]) {
    for cpu in begun.indices where ofCPU[cpu] < begun[cpu] {
      owed[cpu] += begun[cpu] - ofCPU[cpu]
      ofCPU[cpu] = begun[cpu]
    }
    for (ring, sum) in sums(begun).enumerated() { ofRing[ring] = max(ofRing[ring], sum) }
  }

  private func sums(_ begun: [UInt64]) -> [UInt64] {
    var sums = ofRing.map { _ in UInt64(0) }
    for (cpu, count) in begun.enumerated() { sums[cpu % sums.count] &+= count }
    return sums
  }
}
