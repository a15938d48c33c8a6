/// The memory allocators of processes: that of the C library, those that take its place, and
/// those that a program has in itself.
public struct Allocators {
  private let files: [OpenCodeFile]
  private let process: UInt32?

  /// - Parameters:
  ///   - function: a function that each allocator has.
  ///   - object: a program or library, as users name it, in place of those that are mapped.
  ///   - processes: search the files that these map; none: the C libraries of all.
  ///   - program: one that is not running yet.
  ///   - only: probe this process alone.
  /// - Throws: ``ToolError`` where no file has that function.
  public init(
    having function: String, in object: String?, of processes: [UInt32], program: String?,
    only: UInt32?
  ) throws {
    let candidates: [CodeFile]
    if let object {
      candidates = [try LibrarySearch.find(object, of: processes.first)]
    } else {
      let named = try program.map { [try LibrarySearch.find($0, of: nil)] } ?? []
      candidates = named + (try CLibraries.candidates(nil, processes))
    }
    files = OpenCodeFile.open(candidates).filter { file in
      file.symbols.functions.contains { $0.name == function }
    }
    process = only
    guard files.isEmpty else { return }
    let place = object.map { "'\($0)'" } ?? "any library in use"
    throw ToolError(.usage, "there is no function '\(function)' in \(place)")
  }

  /// Probes at those of some functions that each file has. Of several names of one function
  /// the first counts.
  ///
  /// - Parameter make: the probes of a function, at a place that it gets.
  public func probes(
    at functions: [String],
    make: (_ function: String, _ place: Probe.Place, _ label: String) -> [Probe]
  ) -> [Probe] {
    DescriptorLimit.raise()
    return files.flatMap { file in
      var offsets: Set<UInt64> = []
      return functions.flatMap { name in
        file.symbols.functions.filter { $0.name == name && offsets.insert($0.offset).inserted }
          .flatMap { function in
            make(
              name, .file(file.probed, offset: function.offset, process: process),
              "\(file.name):\(name)")
          }
      }
    }
  }
}
