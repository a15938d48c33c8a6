import TraceKit

/// The commands of bpf(2), by the names that the running kernel's types have for them.
struct BPFCommands: Sendable {
  private let names: KernelEnumeration

  /// - Parameter typesFile: a BTF file in place of the kernel's own.
  init(typesFile: String?) {
    names = KernelEnumeration(["bpf_cmd"], file: typesFile)
  }

  /// Such as `PROG_LOAD`; nil for one that the kernel does not know.
  func name(of command: UInt64) -> String? {
    names.name(of: Int64(clamping: command)).map { String($0.trimmingPrefix("BPF_")) }
  }
}
