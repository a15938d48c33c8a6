import Glibc

/// A regular file that is read piece by piece: one that is mapped can be cut by others
/// meanwhile, which would end this process.
final class FilePieces {
  private let file: OwnedDescriptor

  init(_ file: OwnedDescriptor) {
    self.file = file
  }

  /// So many bytes; nil where they are not all there.
  func bytes(at offset: UInt64, count: UInt64) -> [UInt8]? {
    var status = stat()
    guard fstat(file.number, &status) == 0, let size = UInt64(exactly: status.st_size),
      offset <= size, count <= size - offset
    else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(count))
    var filled = 0
    while filled < bytes.count {
      let more = bytes.withUnsafeMutableBytes {
        pread(
          file.number, $0.baseAddress! + filled, $0.count - filled, off_t(offset) + off_t(filled))
      }
      guard more > 0 else { return nil }
      filled += more
    }
    return bytes
  }
}

/// The sections of a program or library that has the machine's own word size (structures of
/// elf.h).
struct ELFParts {
  struct Section {
    let name: String
    let type: UInt32
    let address: UInt64
    let offset: UInt64
    let size: UInt64
  }

  /// A part of the file that is mapped when it is loaded.
  private struct Segment {
    let address: UInt64
    let start: UInt64
    let size: UInt64
  }

  let file: FilePieces
  private(set) var sections: [Section] = []
  private var segments: [Segment] = []

  /// The most bytes of all section names together. Linkers write some thousands.
  private static let namesLimit: UInt64 = 1 << 20
  /// Of one name, so that many which overlap are not a multiple of all.
  private static let nameLimit = 64

  /// - Parameter file: a regular file.
  /// - Returns: nil where it is no such program.
  init?(_ file: OwnedDescriptor) {
    let file = FilePieces(file)
    guard let header = file.bytes(at: 0, count: 64),
      header.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1])
    else { return nil }
    self.file = file
    let loaded: UInt32 = 1
    segments = Self.table(file, header, at: 32, size: 54, count: 56, entry: 56).compactMap {
      guard $0.number(0, as: UInt32.self) == loaded else { return nil }
      return Segment(
        address: $0.number(16, as: UInt64.self), start: $0.number(8, as: UInt64.self),
        size: $0.number(32, as: UInt64.self))
    }
    let headers = Self.table(file, header, at: 40, size: 58, count: 60, entry: 64)
    let namesIndex = Int(header.number(62, as: UInt16.self))
    guard headers.indices.contains(namesIndex) else { return }
    let size = headers[namesIndex].number(32, as: UInt64.self)
    guard size <= Self.namesLimit,
      let names = file.bytes(at: headers[namesIndex].number(24, as: UInt64.self), count: size)
    else { return }
    sections = headers.map {
      let start = min(Int($0.number(0, as: UInt32.self)), names.count)
      return Section(
        name: String(
          decoding: names[start...].prefix(Self.nameLimit).prefix { $0 != 0 }, as: UTF8.self),
        type: $0.number(4, as: UInt32.self), address: $0.number(16, as: UInt64.self),
        offset: $0.number(24, as: UInt64.self), size: $0.number(32, as: UInt64.self))
    }
  }

  /// The entries of a table that the file's header describes at these places.
  private static func table(
    _ file: FilePieces, _ header: [UInt8], at place: Int, size: Int, count: Int, entry: Int
  ) -> [ArraySlice<UInt8>] {
    let count = Int(header.number(count, as: UInt16.self))
    guard Int(header.number(size, as: UInt16.self)) == entry,
      let bytes = file.bytes(
        at: header.number(place, as: UInt64.self), count: UInt64(count * entry))
    else { return [] }
    return (0..<count).map { bytes[$0 * entry..<($0 + 1) * entry] }
  }

  /// Where a loaded address is in the file; nil where it is not in it.
  func offset(of address: UInt64) -> UInt64? {
    for segment in segments
    where address >= segment.address && address - segment.address < segment.size {
      return segment.start &+ (address - segment.address)
    }
    return nil
  }
}

extension RandomAccessCollection where Element == UInt8, Index == Int {
  /// A number of this machine's byte order; 0 beyond the end.
  func number<Number: FixedWidthInteger>(_ offset: Int, as type: Number.Type) -> Number {
    let size = MemoryLayout<Number>.size
    guard offset >= 0, offset <= count - size else { return 0 }
    var number: Number = 0
    for index in 0..<size {
      number |= Number(truncatingIfNeeded: self[startIndex + offset + index]) << (index * 8)
    }
    return number
  }
}
