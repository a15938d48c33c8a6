import CLibbpf
import Glibc
import Wire

/// Programs that read the kernel's objects in place (`bpf/lib/kernel_read.bpf.h`).
///
/// libbpf would look up the function that makes a typed pointer, and the types, in all of the
/// kernel's. So the programs hold placeholders, which get their numbers in the moment when a
/// program is loaded.
enum KernelCasts {
  private static let function = "bpf_rdonly_cast"
  private static let types =
    unsafe String(cString: kernel_type_names()).split(separator: " ").map(String.init)
  private static let placeholders =
    KERNEL_TYPE_PLACEHOLDER.rawValue..<KERNEL_TYPES_END.rawValue

  /// What is looked up in the kernel's types.
  static let names = Set(types + [function])

  /// The numbers of those that the kernel has.
  nonisolated(unsafe) private static var numbers: [String: UInt32] = [:]

  /// The kernel refuses them, and programs stay as they are.
  nonisolated(unsafe) static var areRefused = false
  /// Whether a program got numbers.
  nonisolated(unsafe) private static var areUsed = false

  /// Whether a program that the verifier refused may be accepted without casts.
  static func mayBeRefused(_ error: BPFError) -> Bool {
    let ofVerifier: Set<ErrorNumber> = [
      .accessDenied, .invalidArgument, ErrorNumber(rawValue: E2BIG),
    ]
    guard unsafe areUsed, unsafe !areRefused, error.operation == .load else { return false }
    return error.errno.map(ofVerifier.contains) ?? false
  }

  /// - Parameters:
  ///   - name: one of the ``names``.
  ///   - kind: what the kernel's types have under that name.
  static func remember(_ name: String, _ id: UInt32, kind: BTFReader.Kind) {
    guard kind == (name == function ? .function : .structure) else { return }
    // The first of a name is the kernel's own; the others are of single files.
    if unsafe numbers[name] == nil { unsafe numbers[name] = id }
  }

  /// Puts the numbers into a program that is about to be loaded; it stays as it is, and reads by
  /// helpers, where one of them is not known.
  static func apply(to program: OpaquePointer) {
    guard unsafe !areRefused, let function = unsafe numbers[function],
      let instructions = unsafe bpf_program__insns(program)
    else { return }
    let code = unsafe UnsafeMutableRawBufferPointer(
      start: UnsafeMutableRawPointer(mutating: instructions),
      count: bpf_program__insn_cnt(program) * MemoryLayout<bpf_insn>.size)
    var changes: [(offset: Int, value: UInt32)] = []
    for offset in stride(from: 0, to: unsafe code.count, by: MemoryLayout<bpf_insn>.size) {
      let value = unsafe code.load(fromByteOffset: offset + 4, as: UInt32.self)
      guard placeholders.contains(value) else { continue }
      switch unsafe code[offset] {
      case Operation.call: changes.append((offset, function))
      case Operation.move, Operation.shortMove:
        if value == placeholders.lowerBound {
          changes.append((offset, 1))
        } else if let type = unsafe numbers[types[Int(value - placeholders.lowerBound) - 1]] {
          changes.append((offset, type))
        } else {
          return
        }
      default: continue
      }
    }
    if !changes.isEmpty { unsafe areUsed = true }
    for (offset, value) in changes {
      if unsafe code[offset] == Operation.call {
        unsafe code[offset + 1] |= Operation.ofKernel << 4
      }
      unsafe code.storeBytes(of: value, toByteOffset: offset + 4, as: UInt32.self)
    }
  }

  /// Parts of instructions (`linux/bpf.h`).
  private enum Operation {
    static let call: UInt8 = 0x85
    static let move: UInt8 = 0xb7
    static let shortMove: UInt8 = 0xb4
    /// `BPF_PSEUDO_KFUNC_CALL`, in the place of the source register.
    static let ofKernel: UInt8 = 2
  }
}
