import Glibc

/// Where a program or a library is that a user names.
enum LibrarySearch {
  /// - Parameters:
  ///   - name: a path; a program of `PATH`; or a library, with or without "lib" and
  ///     its number. Empty: the program of the process.
  ///   - process: the process in whose files it is looked for first.
  /// - Throws: ``ToolError`` where there is none.
  static func find(_ name: String, of process: UInt32?) throws -> CodeFile {
    if let process, !File.exists("/proc/\(process)") {
      throw ToolError(.usage, "there is no process \(process)")
    }
    if name.isEmpty {
      guard let process else { throw ToolError(.usage, "a function of a program needs --pid") }
      return .at("/proc/\(process)/exe")
    }
    if name.contains("/") {
      let seen = process.map {
        CodeFile(identity: name, name: name, way: .root(of: String($0)))
      }
      if let seen, seen.open() != nil { return seen }
      guard File.exists(name) else { throw ToolError(.usage, "there is no file '\(name)'") }
      return .at(name)
    }
    for mapper in [process.map { "\($0)" }, "self"].compactMap({ $0 }) {
      let files = CodeFile.all(of: mapper) ?? []
      if let file = files.first(where: { isMeant(String($0.basename), by: name) }) { return file }
    }
    let cached = cachedLibraries().first { library in
      isMeant(String(library.split(separator: "/").last ?? ""), by: name) && File.exists(library)
    }
    let program = (Glibc.getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":")
      .map { "\($0)/\(name)" }.first(where: File.exists)
    guard let path = cached ?? program else {
      throw ToolError(.usage, "there is no library or program '\(name)'")
    }
    return .at(path)
  }

  /// "c" means libc.so.6, and so do "libc", "libc.so" and "libc.so.6".
  static func isMeant(_ file: String, by name: String) -> Bool {
    if file == name { return true }
    return [name, "lib" + name].contains { stem in
      file.hasPrefix(stem + ".so") || file.hasPrefix(stem + "-") && file.hasSuffix(".so")
        || file.hasPrefix(stem + ".") && stem.contains(".so")
    }
  }

  /// The libraries of the dynamic linker's cache, in its order (glibc's
  /// `struct cache_file_new`, elf/dl-cache.h).
  private static func cachedLibraries() -> [String] {
    let most = 64 << 20
    guard let bytes = File.bytes(of: "/etc/ld.so.cache", atMost: most) else { return [] }
    return libraries(inCache: bytes)
  }

  static func libraries(inCache bytes: [UInt8]) -> [String] {
    let magic = Array("glibc-ld.so.cache1.1".utf8)
    guard let start = bytes.indices.first(where: { bytes[$0...].starts(with: magic) }) else {
      return []
    }
    return bytes.withUnsafeBytes { all in
      let file = UnsafeRawBufferPointer(rebasing: all[start...])
      func number(_ offset: Int) -> Int? {
        guard offset <= file.count - 4 else { return nil }
        return Int(file.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
      }
      let (header, entry, path) = (48, 24, 8)
      return (0..<(number(20) ?? 0)).prefix(file.count / entry).compactMap { index in
        guard let text = number(header + index * entry + path), text < file.count else {
          return nil
        }
        return String(
          decoding: UnsafeRawBufferPointer(rebasing: file[text...]).upToNUL, as: UTF8.self)
      }
    }
  }
}
