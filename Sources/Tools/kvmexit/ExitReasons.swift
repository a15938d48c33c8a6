import BPFObjects
import TraceKit

/// The names of reasons: those of the processor as the running kernel prints them, in the
/// instruction set of each exit.
struct ExitReasons: Sendable {
  private let ofProcessors: [UInt16: TracepointFormat.Symbols]

  /// The record of kvm_exit; nil if there is none.
  static let format = TracepointFormat(of: "kvm/kvm_exit")

  init() {
    // The kernel prints those of VMX where the instruction set is that, else those of SVM.
    let lists = Self.format?.symbols.filter { $0.expression.hasPrefix("REC->exit_reason") } ?? []
    ofProcessors = Dictionary(
      zip([UInt16(KVMEXIT_VMX), UInt16(KVMEXIT_SVM)], lists)
    ) { first, _ in first }
  }

  static var missingModule: Obstacle? {
    File.exists("/sys/module/kvm/parameters")
      ? nil
      : Obstacle("the kvm module is not loaded", cure: Cure("load it", command: "modprobe kvm"))
  }

  /// Why the record of kvm_exit says no reason; nil if it does, or cannot be read.
  static var unknownRecord: Obstacle? {
    guard let fields = format?.fields else { return nil }
    return ["exit_reason", "isa"].allSatisfy { fields[$0]?.size == 4 }
      ? nil : "the kernel's kvm_exit has no reason of this kind (on x86)"
  }

  func name(of key: kvmexit_key) -> String {
    let reason = key.reason
    switch key.kind {
    case UInt16(KVMEXIT_FAILED):
      return ErrorNumber(rawValue: Int32(bitPattern: reason)).name
    case UInt16(KVMEXIT_USER):
      return Self.ofUserSpace.indices.contains(Int(reason))
        ? Self.ofUserSpace[Int(reason)] : "\(reason)"
    case UInt16(KVMEXIT_VMX):
      // The upper half has flags (vmx.h).
      let name = ofProcessors[key.kind]?.name(of: reason & 0xffff) ?? "\(reason & 0xffff)"
      return name + (reason >> 31 != 0 ? " FAILED_VMENTRY" : "")
    default:
      return ofProcessors[key.kind]?.name(of: reason) ?? "0x" + String(reason, radix: 16)
    }
  }

  /// `KVM_EXIT_*` (linux/kvm.h).
  private static let ofUserSpace = [
    "UNKNOWN", "EXCEPTION", "IO", "HYPERCALL", "DEBUG", "HLT", "MMIO", "IRQ_WINDOW_OPEN",
    "SHUTDOWN", "FAIL_ENTRY", "INTR", "SET_TPR", "TPR_ACCESS", "S390_SIEIC", "S390_RESET", "DCR",
    "NMI", "INTERNAL_ERROR", "OSI", "PAPR_HCALL", "S390_UCONTROL", "WATCHDOG", "S390_TSCH", "EPR",
    "SYSTEM_EVENT", "S390_STSI", "IOAPIC_EOI", "HYPERV", "ARM_NISV", "X86_RDMSR", "X86_WRMSR",
    "DIRTY_RING_FULL", "AP_RESET_HOLD", "X86_BUS_LOCK", "XEN", "RISCV_SBI", "RISCV_CSR", "NOTIFY",
    "LOONGARCH_IOCSR", "MEMORY_FAULT",
  ]
}
