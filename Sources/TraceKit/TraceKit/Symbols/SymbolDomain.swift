import CLibdw
import Glibc

/// What the processes of one user have mapped, and the process that reads it. No file
/// that belongs to this user can change a name that another user's processes get.
final class SymbolDomain {
  /// What all domains of a run share.
  final class Shared {
    /// Reports once what keeps frames from having names.
    let tell: (String) -> Void
    let thread = BoundedThread.make()
    /// How long the run waited for readers that broke, in seconds.
    fileprivate var lost = 0.0
    /// Those with a process, the one that was used last at the end.
    fileprivate var running: [SymbolDomain] = []
    fileprivate var toldOfReader = false
    fileprivate var toldOfLibrary = false

    init(tell: @escaping (String) -> Void) {
      self.tell = tell
    }
  }

  /// Most machines have fewer users whose processes are seen.
  private static let mostReaders = 16
  /// So long a run waits for what breaks readers: of one user, and of all. Root's files
  /// are read even then.
  private static let mostLost = (own: 10.0, all: 30.0)
  /// A crash costs a new process, and reading again what the old one had read.
  private static let costOfCrash = 0.25
  /// The text of all names that are kept.
  private static let mostText = 256 << 20

  let user: UInt32
  private let shared: Shared
  private var reader: SymbolReader?
  /// The files that the process has: what their heads say.
  private var opened: [UInt32: Bool] = [:]
  private var files: UInt32 = 0
  private var lost = 0.0
  private var toldOfLoss = false
  private var text = 0
  private var demangled: [String: String] = [:]
  /// Copies of one file are read once.
  private var sameBuild: [[UInt8]: MappedFile] = [:]

  init(user: UInt32, shared: Shared) {
    self.user = user
    self.shared = shared
  }

  /// A number for a file; nil where there are too many.
  func number() -> UInt32? {
    guard files < UInt32(READER_FILES) else { return nil }
    files += 1
    return files - 1
  }

  /// The linker's names of the functions at addresses of a file.
  func names(of addresses: [UInt64], in file: MappedFile) -> [String?] {
    var names: [String?] = []
    do {
      guard let source = try loaded(file) else { return addresses.map { _ in nil } }
      while names.count < addresses.count {
        let rest = addresses[names.count...].prefix(Int(READER_ADDRESSES))
        let found = try find(rest, in: source)
        names += found
      }
    } catch {
      // Reading it was what broke the process, unless that could not be started.
      file.isBroken = true
    }
    return names + repeatElement(nil, count: addresses.count - names.count)
  }

  /// What the debug information of a file says of addresses in it.
  func lines(of addresses: [UInt64], in file: MappedFile) -> [[SourceFrame]] {
    var lines: [[SourceFrame]] = []
    do {
      guard let source = try loaded(file) else { return addresses.map { _ in [] } }
      while lines.count < addresses.count {
        let rest = addresses[lines.count...].prefix(Int(READER_ADDRESSES))
        let body = rest.withUnsafeBytes { Array($0) }
        let answer = try ask(READER_LINES, source.number, body, patience: .load)
        let found = SourceFrame.all(of: min(answer.count, rest.count), in: answer.body)
        guard !found.isEmpty, answer.status == 0 else { throw broken(after: 0) }
        lines += found
      }
    } catch {
      file.isBroken = true
    }
    return lines + repeatElement([], count: addresses.count - lines.count)
  }

  /// The address that a file itself gives to what lies at an offset; the offset where it
  /// says nothing.
  func address(of offset: UInt64, in file: MappedFile) -> UInt64 {
    if file.image == nil, !file.isBroken {
      do { _ = try open(file) } catch { file.isBroken = true }
    }
    return file.image?.address(of: offset) ?? offset
  }

  /// The rows by which stacks are followed through the code of a file.
  ///
  /// - Parameter greatest: how large the part of the file may be that they are made of.
  func rows(of file: MappedFile, greatest: Int) -> UnwindRows {
    guard !file.isBroken, !file.hasNoRows else { return .none }
    do {
      guard try open(file) else { return .none }
      var base: UInt64 = 0
      var rows: [unwind_row] = []
      while true {
        let request = reader_unwind(size: UInt64(greatest), base: 0)
        let answer = try ask(
          READER_UNWIND, file.number, withUnsafeBytes(of: request) { Array($0) },
          count: rows.count, patience: .load)
        guard answer.status != EFBIG || greatest == .max else { return .tooLarge }
        guard answer.status == 0 else { break }
        let part = answer.body.withUnsafeBytes { UnwindRows.Part($0, after: rows.count) }
        guard let part else { throw broken(after: 0) }
        base = part.base
        rows += part.rows
        if rows.count == part.total { return .some(base: base, rows) }
      }
    } catch {
      // Names may still be read from it, by another process.
    }
    file.hasNoRows = true
    return .none
  }

  private func find(
    _ addresses: ArraySlice<UInt64>, in file: MappedFile
  ) throws(SymbolReader.Broken) -> [String?] {
    let body = addresses.withUnsafeBytes { Array($0) }
    let answer = try ask(READER_FIND, file.number, body)
    var names: [String?] = []
    var rest = answer.body[...]
    for _ in 0..<min(answer.count, addresses.count) {
      guard rest.count >= 4 else { break }
      let length = rest.prefix(4).withUnsafeBytes { Int($0.loadUnaligned(as: UInt32.self)) }
      rest = rest.dropFirst(4)
      guard length <= rest.count else { break }
      names.append(length == 0 ? nil : kept(String(decoding: rest.prefix(length), as: UTF8.self)))
      rest = rest.dropFirst(length)
    }
    // One at least, or this would never end.
    guard !names.isEmpty, answer.status == 0 else { throw broken(after: 0) }
    return names
  }

  private func kept(_ name: String) -> String? {
    text += name.utf8.count
    return text <= Self.mostText ? name : nil
  }

  // MARK: - Files

  /// The file whose functions the process has read, which may be a copy of this one; nil
  /// where it has none.
  private func loaded(_ file: MappedFile) throws -> MappedFile? {
    guard !file.isBroken, try open(file) else { return nil }
    if opened[file.number] == true { return file }
    if let buildID = file.image?.buildID, let same = sameBuild[buildID], same !== file,
      !same.isBroken
    {
      return try loaded(same)
    }
    guard try load(file) else {
      file.isBroken = true
      return nil
    }
    opened[file.number] = true
    if let buildID = file.image?.buildID { sameBuild[buildID] = file }
    return file
  }

  private func load(_ file: MappedFile) throws -> Bool {
    let search = DebugFileSearch(of: file, on: shared.thread)
    var status = try ask(READER_LOAD, file.number, patience: .load, want: search.candidate).status
    if status == ENOMEM, opened.count > 1 {
      // What it has read before may have filled its memory.
      end()
      guard try open(file) else { return false }
      status = try ask(READER_LOAD, file.number, patience: .load, want: search.candidate).status
    }
    if reader?.isComplete == false, file.isCode, !shared.toldOfLibrary {
      shared.toldOfLibrary = true
      shared.tell(
        "user frames have no names: libdw.so.1 is not installed (elfutils; Debian: libdw1)")
    }
    return status == 0
  }

  private func open(_ file: MappedFile) throws -> Bool {
    if reader != nil, opened[file.number] != nil { return true }
    let form = Int(file.form.rawValue)
    var answer = try ask(READER_OPEN, file.number, descriptor: file.descriptor, count: form)
    if answer.status == EMFILE || answer.status == ENOMEM, !opened.isEmpty {
      end()
      answer = try ask(READER_OPEN, file.number, descriptor: file.descriptor, count: form)
    }
    guard answer.status == 0 else {
      file.isBroken = true
      return false
    }
    opened[file.number] = false
    if file.isCode { file.image = FileImage(answer.body) }
    return true
  }

  /// The file of this number is another one now.
  func forget(_ file: MappedFile) {
    opened[file.number] = nil
  }

  // MARK: - The process

  private func ask(
    _ kind: reader_kind, _ file: UInt32, _ body: [UInt8] = [], descriptor: Int32 = -1,
    count: Int = 0, patience: SymbolReader.Patience = .look,
    want: (_ link: [UInt8], _ attempt: Int) -> OwnedDescriptor? = { _, _ in nil }
  ) throws(SymbolReader.Broken) -> SymbolReader.Answer {
    let begin = EventClock.now
    do {
      return try running().ask(
        kind, file: file, count: count, body, descriptor: descriptor, patience,
        want: want)
    } catch {
      throw broken(after: Double(EventClock.now - begin) / 1e9)
    }
  }

  private func running() throws(SymbolReader.Broken) -> SymbolReader {
    if let reader {
      if shared.running.last !== self {
        shared.running.removeAll { $0 === self }
        shared.running.append(self)
      }
      return reader
    }
    guard lost < Self.mostLost.own, shared.lost < Self.mostLost.all || user == 0,
      !shared.toldOfReader
    else { throw SymbolReader.Broken() }
    do {
      let reader = try SymbolReader()
      self.reader = reader
      if shared.running.count >= Self.mostReaders { shared.running.first?.end() }
      shared.running.append(self)
      return reader
    } catch {
      shared.toldOfReader = true
      shared.tell(
        "user frames have no names: "
          + ((error as? ToolError)?.description ?? "the reader of symbols does not start"))
      throw SymbolReader.Broken()
    }
  }

  private func end() {
    reader = nil
    opened = [:]
    shared.running.removeAll { $0 === self }
  }

  private func broken(after seconds: Double) -> SymbolReader.Broken {
    guard reader != nil else { return SymbolReader.Broken() }
    end()
    lost += seconds + Self.costOfCrash
    shared.lost += seconds + Self.costOfCrash
    if !toldOfLoss, lost >= Self.mostLost.own || shared.lost >= Self.mostLost.all && user != 0 {
      toldOfLoss = true
      shared.tell(
        "new frames of processes of user \(user) have no names: their files crash or stall "
          + "what reads them")
    }
    return SymbolReader.Broken()
  }

  // MARK: - Names

  /// Turns a linker's name into that of C++, Rust or Swift; any other name, one that
  /// takes too long or becomes too long, and one of empty parts stays as it is.
  func demangled(_ symbol: String) -> String {
    if let known = demangled[symbol] { return known }
    var name = demangle(symbol)
    if name.isEmpty { name = symbol }
    text += name.utf8.count
    demangled[symbol] = name
    return name
  }

  private func demangle(_ symbol: String) -> String {
    if symbol.hasPrefix("_R") { return RustDemangler.name(of: symbol) ?? symbol }
    let isOfCxx = symbol.hasPrefix("_Z")
    guard isOfCxx || ["$s", "_$s", "$S", "_$S", "_T0"].contains(where: symbol.hasPrefix),
      let answer = try? ask(READER_DEMANGLE, 0, Array(symbol.utf8), patience: .name),
      answer.status == 0
    else { return symbol }
    let name = String(decoding: answer.body, as: UTF8.self)
    return isOfCxx ? RustDemangler.legacyName(of: name) ?? name : name
  }
}
