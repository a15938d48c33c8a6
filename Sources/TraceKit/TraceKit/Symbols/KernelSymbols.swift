import Glibc

/// The functions of the kernel and of its modules, or its variables, by `/proc/kallsyms`.
///
/// The file is opened at the start, since the kernel decides by the capabilities of
/// that moment whether it shows addresses, and read when the first is asked for.
final class KernelSymbols {
  /// The letters of functions.
  static let code = "tw"
  /// Those of variables, which not every kernel lists (CONFIG_KALLSYMS_ALL).
  static let data = "dbr"

  private let descriptor: Int32
  private let letters: [UInt8]
  private var functions: [Function] = []
  /// All names, each ended by a newline or by the tab before its module.
  private var text: [UInt8] = []
  private var isRead = false
  /// The kernel hides its addresses from this user.
  private(set) var isHidden = false

  /// A function, and the module that it is of.
  typealias Found = (name: String, start: UInt64, module: String?)

  private struct Function {
    var address: UInt64
    /// Where its name begins.
    var name: UInt32
  }

  /// - Parameter letters: of the symbols that are wanted, in lower case.
  init(path: String = "/proc/kallsyms", letters: String = code) {
    self.letters = Array(letters.utf8)
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// The function that an address lies in; nil where it lies before all, or nothing is
  /// known.
  func function(at address: UInt64) -> Found? {
    if !isRead { read() }
    var (low, high) = (0, functions.count)
    while low < high {
      let middle = (low + high) / 2
      if functions[middle].address <= address { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return nil }
    let line = text[Int(functions[low - 1].name)...].prefix { $0 != UInt8(ascii: "\n") }
    let parts = line.split(separator: UInt8(ascii: "\t"))
    let module = parts.count > 1 ? parts[1].dropFirst().dropLast() : nil
    return (
      String(decoding: parts[0], as: UTF8.self), functions[low - 1].address,
      module.map { String(decoding: $0, as: UTF8.self) }
    )
  }

  /// Where a symbol begins; nil where there is none of that name.
  func address(of name: String) -> UInt64? {
    if !isRead { read() }
    let name = Array(name.utf8)
    return functions.first { function in
      let (start, end) = (Int(function.name), Int(function.name) + name.count)
      guard end < text.count, text[end] == UInt8(ascii: "\n") || text[end] == UInt8(ascii: "\t")
      else { return false }
      return text[start..<end].elementsEqual(name)
    }?.address
  }

  private func read() {
    isRead = true
    guard descriptor >= 0 else { return isHidden = true }
    var block = [UInt8](repeating: 0, count: 256 * 1024)
    var kept = 0
    while true {
      let count = block.withUnsafeMutableBytes {
        Glibc.read(descriptor, $0.baseAddress! + kept, $0.count - kept)
      }
      guard count > 0 else { break }
      let end = kept + count
      block.withUnsafeBytes { bytes in
        var start = 0
        while let newline = memchr(bytes.baseAddress! + start, 0x0a, end - start) {
          let next = newline - UnsafeMutableRawPointer(mutating: bytes.baseAddress!) + 1
          add(UnsafeRawBufferPointer(rebasing: bytes[start..<next]))
          start = next
        }
        kept = end - start
        memmove(
          UnsafeMutableRawPointer(mutating: bytes.baseAddress!), bytes.baseAddress! + start, kept)
      }
    }
    isHidden = functions.isEmpty
    // Modules and programs stand behind the kernel, and in no order.
    functions.sort { $0.address < $1.address }
  }

  /// A line is an address, a letter, a name and perhaps a module in brackets.
  private func add(_ line: UnsafeRawBufferPointer) {
    var address: UInt64 = 0
    var place = 0
    while place < line.count, line[place] != 0x20 {
      let byte = line[place]
      let digit = byte < 0x3a ? byte &- 0x30 : (byte | 0x20) &- 0x57
      guard digit < 16 else { return }
      address = address << 4 | UInt64(digit)
      place += 1
    }
    guard address != 0, place + 3 < line.count else { return }
    guard letters.contains(line[place + 1] | 0x20) else { return }
    functions.append(Function(address: address, name: UInt32(text.count)))
    text.append(contentsOf: line[(place + 3)...])
  }
}
