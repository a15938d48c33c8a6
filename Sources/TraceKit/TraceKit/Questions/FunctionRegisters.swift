/// Where the arguments and the result of functions are in the registers that a probe finds
/// (`struct pt_regs`), by the calling conventions of the System V ABI and of Arm's AAPCS64.
enum FunctionRegisters {
  #if arch(arm64)
    static let systemCallPrefix = "__arm64_sys_"
    static let arguments = [0, 8, 16, 24, 32, 40]
    static let systemCallArguments = arguments
    static let result = 0
    /// A larger structure is copied, and its address is passed.
    static let wordsOfLarge = 1
  #else
    static let systemCallPrefix = "__x64_sys_"
    static let arguments = [112, 104, 96, 88, 72, 64]
    /// A system call cannot pass anything in rcx, where the processor keeps its own.
    static let systemCallArguments = [112, 104, 96, 56, 72, 64]
    static let result = 80
    /// A larger structure lies on the stack.
    static let wordsOfLarge = 0
  #endif

  static var mostArguments: Int { arguments.count }

  /// The functions that begin system calls get the registers of the caller in memory.
  static func isSystemCall(_ function: String) -> Bool {
    function.hasPrefix("__x64_sys_") || function.hasPrefix("__arm64_sys_")
  }
}
