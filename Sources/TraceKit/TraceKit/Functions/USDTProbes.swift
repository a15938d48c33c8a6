/// A probe that a program or library declares for tracers (USDT), at one of its places: a note
/// as `sys/sdt.h` of systemtap writes it.
public struct USDTProbe: Hashable, Sendable {
  public let provider: String
  public let name: String
  /// Of its instruction, in the file.
  public let offset: UInt64
  /// Of the counter that tells the program that it is traced, in the file; nil: it has none.
  public let semaphore: UInt64?
  /// Where its arguments are, as the compiler wrote it, such as `8@%rdi -4@%esi`.
  public let arguments: String

  /// As users write it.
  public var fullName: String { "\(provider):\(name)" }

  /// The probes of a file, in the order of their names and places.
  ///
  /// - Returns: nil where the file cannot be read or is no program for this machine.
  static func all(in file: CodeFile) -> [USDTProbe]? {
    file.open().flatMap(all)
  }

  /// The same of one that is open.
  static func all(in file: OwnedDescriptor) -> [USDTProbe]? {
    guard let parts = ELFParts(file) else { return nil }
    let base = parts.sections.first { $0.name == ".stapsdt.base" }?.address
    var probes: Set<USDTProbe> = []
    // Linkers make one of them.
    let notes = parts.sections.filter { $0.type == noteSection && $0.name == noteName }.prefix(4)
    for section in notes {
      guard section.size <= sizeLimit,
        let bytes = parts.file.bytes(at: section.offset, count: section.size)
      else { continue }
      probes.formUnion(self.probes(in: bytes, base: base, of: parts))
    }
    return probes.sorted {
      ($0.provider, $0.name, $0.offset) < ($1.provider, $1.name, $1.offset)
    }
  }

  private static let noteSection: UInt32 = 7
  private static let noteName = ".note.stapsdt"
  private static let noteType: UInt32 = 3
  private static let owner = Array("stapsdt\0".utf8)
  /// Some hundred thousand notes; the largest programs have a few thousand.
  private static let sizeLimit: UInt64 = 16 << 20

  private static func probes(
    in bytes: [UInt8], base: UInt64?, of file: ELFParts
  ) -> [USDTProbe] {
    var probes: [USDTProbe] = []
    var place = 0
    while place + 12 <= bytes.count {
      let nameSize = Int(bytes.number(place, as: UInt32.self))
      let size = Int(bytes.number(place + 4, as: UInt32.self))
      let type = bytes.number(place + 8, as: UInt32.self)
      let name = place + 12, start = name + (nameSize + 3) & ~3
      guard start <= bytes.count, size <= bytes.count - start else { break }
      if type == noteType, bytes[name...].starts(with: owner),
        let probe = probe(bytes[start..<start + size], base: base, of: file)
      {
        probes.append(probe)
      }
      place = start + (size + 3) & ~3
    }
    return probes
  }

  private static func probe(
    _ note: ArraySlice<UInt8>, base: UInt64?, of file: ELFParts
  ) -> USDTProbe? {
    let texts = note.dropFirst(24).split(
      separator: 0, maxSplits: 3, omittingEmptySubsequences: false)
    guard texts.count > 3, !texts[0].isEmpty, !texts[1].isEmpty else { return nil }
    // What moved the file's addresses after it was linked moved this section too.
    let written = note.number(8, as: UInt64.self)
    let moved = base.map { written == 0 ? 0 : $0 &- written } ?? 0
    func offset(_ address: UInt64) -> UInt64? { file.offset(of: address &+ moved) }
    guard let instruction = offset(note.number(0, as: UInt64.self)) else { return nil }
    let semaphore = note.number(16, as: UInt64.self)
    return USDTProbe(
      provider: String(decoding: texts[0], as: UTF8.self),
      name: String(decoding: texts[1], as: UTF8.self), offset: instruction,
      semaphore: semaphore == 0 ? nil : offset(semaphore),
      arguments: String(decoding: texts[2], as: UTF8.self))
  }
}
