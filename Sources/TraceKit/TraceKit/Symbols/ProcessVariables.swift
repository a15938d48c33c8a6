import CLinux

/// Names the variables of a process by the symbol tables of its program and libraries.
public final class ProcessVariables {
  private let files: [File]

  /// The variables of a file, and what its addresses are moved by in the process.
  private struct File {
    let variables: [(address: UInt64, size: UInt64, name: UInt32)]
    let names: [UInt8]
    let moved: UInt64
  }

  private static let variable: UInt8 = 1
  private static let symbolSize = 24
  /// Of each of the two tables of a file.
  private static let mostBytes: UInt64 = 1 << 28

  /// Reads them, which must be done while the process lives.
  public init(of process: UInt32) {
    let thread = BoundedThread.make()
    files = thread.run(atMost: 5) { Self.read(process) } ?? []
  }

  /// The variable that an address is of, with the offset in it, as the linker calls it.
  public func name(of address: UInt64) -> String? {
    for file in files {
      let place = address &- file.moved
      guard
        let found = file.variables.first(where: {
          place >= $0.address && place - $0.address < $0.size
        })
      else { continue }
      let text = file.names[Int(found.name)...].prefix { $0 != 0 && $0 != UInt8(ascii: "@") }
      let name = String(decoding: text, as: UTF8.self)
      let offset = place - found.address
      return offset == 0 ? name : name + "+" + Symbolizer.hexadecimal(offset)
    }
    return nil
  }

  private static func read(_ process: UInt32) -> [File] {
    let mappings = Mapping.all(
      in: "/proc/\(process)/maps", atMost: ProcessImage.mostMappings, seconds: 1)
    return (CodeFile.all(of: "\(process)") ?? []).compactMap { code in
      guard let mapping = mappings?.first(where: { $0.file == code.identity }),
        let file = code.open(), let parts = ELFParts(file),
        let text = parts.sections.first(where: { $0.name == ".text" })
      else { return nil }
      // Both are of the segment with the code.
      let linked = mapping.offset &+ text.address &- text.offset
      for (table, names) in [(".symtab", ".strtab"), (".dynsym", ".dynstr")] {
        guard let symbols = contents(table, of: parts), let names = contents(names, of: parts)
        else { continue }
        return File(
          variables: variables(symbols, names: names.count), names: names,
          moved: mapping.start &- linked)
      }
      return nil
    }
  }

  private static func contents(_ name: String, of parts: ELFParts) -> [UInt8]? {
    guard let section = parts.sections.first(where: { $0.name == name }), section.size <= mostBytes
    else { return nil }
    return parts.file.bytes(at: section.offset, count: section.size)
  }

  private static func variables(
    _ symbols: [UInt8], names: Int
  ) -> [(address: UInt64, size: UInt64, name: UInt32)] {
    stride(from: 0, through: symbols.count - symbolSize, by: symbolSize).compactMap { start in
      guard symbols.number(start + 4, as: UInt8.self) & 0xf == variable else { return nil }
      let name = symbols.number(start, as: UInt32.self)
      guard name > 0, name < names else { return nil }
      return (
        symbols.number(start + 8, as: UInt64.self), symbols.number(start + 16, as: UInt64.self),
        name
      )
    }
  }
}
