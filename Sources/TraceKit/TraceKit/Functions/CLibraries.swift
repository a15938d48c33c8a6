/// Functions of the C libraries that processes use, each of which may be another one.
public enum CLibraries {
  /// Probes at functions by their names, for each library that has them.
  ///
  /// - Parameters:
  ///   - functions: the names of the functions.
  ///   - file: a library to use instead of those that are mapped.
  ///   - processes: search the libraries that these map; none: the C libraries of all.
  ///   - process: probe this process only.
  ///   - make: the probes of a function, at a place that it gets.
  /// - Throws: ``ToolError`` where none has such a function.
  public static func probes(
    at functions: [String], in file: String?, of processes: [UInt32], only process: UInt32?,
    make: (_ function: String, _ place: Probe.Place, _ label: String) -> [Probe]
  ) throws -> [Probe] {
    let probes = OpenCodeFile.open(try candidates(file, processes)).flatMap { file in
      file.symbols.functions.filter { functions.contains($0.name) }.flatMap { function in
        make(
          function.name, .file(file.probed, offset: function.offset, process: process),
          "\(file.name):\(function.name)")
      }
    }
    guard probes.isEmpty else { return probes }
    let names = functions.joined(separator: ", ")
    if let file { throw ToolError(.usage, "-l: there is none of \(names) in '\(file)'") }
    throw ToolError(.failure, "no library in use has any of \(names)")
  }

  static func candidates(_ file: String?, _ processes: [UInt32]) throws -> [CodeFile] {
    if let file { return [.at(file)] }
    guard !processes.isEmpty else {
      return CodeFile.ofAllProcesses().filter { isCLibrary(String($0.basename)) }
    }
    var found: [CodeFile] = []
    for process in processes {
      guard File.exists("/proc/\(process)") else {
        throw ToolError(.usage, "there is no process \(process)")
      }
      // The C library of this process itself, where the other's cannot be seen.
      let files =
        CodeFile.all(of: "\(process)")
        ?? (CodeFile.all(of: "self") ?? []).filter { isCLibrary(String($0.basename)) }
      for file in files where !found.contains(file) { found.append(file) }
    }
    return found
  }

  /// Those of glibc, musl, bionic and uClibc. That of musl is its dynamic linker.
  static func isCLibrary(_ name: String) -> Bool {
    let name = name.hasSuffix(" (deleted)") ? String(name.dropLast(10)) : name
    return name == "libc.so" || name.hasPrefix("libc.so.") || name.hasPrefix("libc-2.")
      || name.hasPrefix("ld-musl-") || name.hasPrefix("libc.musl-")
      || name.hasPrefix("libuClibc-")
  }
}
