import CLibdw
import Glibc

/// A file with code that processes of one user have mapped, or the text that describes the
/// code which one of them has made.
final class MappedFile {
  /// What its name ends in, which is what a person sees.
  let name: String
  let path: String
  /// A process that has mapped it, from whose root directory its path is seen; nil where
  /// that is this one's.
  let pid: UInt32?
  let form: reader_form
  /// By which its domain's reader knows it.
  let number: UInt32
  let domain: SymbolDomain
  private(set) var file: OwnedDescriptor
  /// What its head says, once that was read.
  var image: FileImage?
  /// It has no symbols, or reading them failed.
  var isBroken = false
  /// It has no call frame information, or reading that failed.
  var hasNoRows = false

  /// Nil where its domain has too many.
  init?(
    path: String, _ file: OwnedDescriptor, _ form: reader_form = READER_ELF,
    of pid: UInt32? = nil, in domain: SymbolDomain
  ) {
    guard let number = domain.number() else { return nil }
    self.number = number
    self.path = path
    self.pid = pid
    self.file = file
    self.form = form
    self.domain = domain
    name = String(path.split(separator: "/").last ?? "")
  }

  var descriptor: Int32 { file.number }

  /// Whether it has the code itself, not a text about it.
  var isCode: Bool { form == READER_ELF }

  /// It was written anew.
  func replace(by file: OwnedDescriptor) {
    self.file = file
    isBroken = false
    domain.forget(self)
  }

  func address(of offset: UInt64) -> UInt64 { domain.address(of: offset, in: self) }

  /// The names of the functions at addresses of the file, as a person writes them.
  func functions(at addresses: [UInt64]) -> [String?] {
    domain.names(of: addresses, in: self).map { symbol in
      symbol.map { isCode ? domain.demangled(Self.withoutVersion($0)) : $0 }
    }
  }

  /// The functions at addresses of the file by its debug information, with their places,
  /// the innermost first: those that are inlined, and the one that they are in.
  func lines(at addresses: [UInt64]) -> [[SourceFrame]] {
    guard isCode else { return addresses.map { _ in [] } }
    return domain.lines(of: addresses, in: self).map { frames in
      frames.map { frame in
        SourceFrame(name: frame.name.map(domain.demangled), place: frame.place)
      }
    }
  }

  /// An address of the file without a symbol.
  func place(_ address: UInt64) -> String { "\(name)+\(Symbolizer.hexadecimal(address))" }

  /// A library's symbol may have a version, after an @.
  private static func withoutVersion(_ symbol: String) -> String {
    symbol.firstIndex(of: "@").flatMap { $0 == symbol.startIndex ? nil : String(symbol[..<$0]) }
      ?? symbol
  }
}

/// What the head of an ELF file says, as its reader answers it.
struct FileImage {
  private let segments: [symbol_segment]
  /// Nil where it has none.
  let buildID: [UInt8]?

  /// Nil where the answer has another form.
  init?(_ answer: [UInt8]) {
    guard answer.count == MemoryLayout<symbol_image>.size else { return nil }
    let image = answer.withUnsafeBytes { $0.loadUnaligned(as: symbol_image.self) }
    segments = withUnsafeBytes(of: image.segments) { bytes in
      Array(bytes.bindMemory(to: symbol_segment.self).prefix(Int(image.segment_count)))
    }
    let bytes = withUnsafeBytes(of: image.build_id) {
      Array($0.prefix(Int(image.build_id_size)))
    }
    buildID = bytes.isEmpty ? nil : bytes
  }

  func address(of offset: UInt64) -> UInt64? {
    // What the kernel maps begins and ends with a page.
    let page: UInt64 = 4095
    let segment = segments.first { segment in
      let start = segment.offset & ~page
      let end = (segment.offset &+ segment.size &+ page) & ~page
      return offset >= start && offset < end
    }
    return segment.map { offset &- $0.offset &+ $0.address }
  }
}
