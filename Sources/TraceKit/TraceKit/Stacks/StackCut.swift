import Wire

/// Why a user stack does not reach the beginning of its thread, as its outermost frame says.
enum StackCut: UInt8 {
  /// The tables lead nowhere.
  case incomplete = 1
  /// There were no tables.
  case byFramePointers

  /// Nil where the stack is whole, or has as many frames as were asked for.
  ///
  /// - Parameter state: how it was taken, in bits of `STACK_BY_TABLES` and those beside it.
  init?(state: UInt32) {
    let state = Int32(bitPattern: state)
    guard state & (STACK_WHOLE | STACK_TRUNCATED) == 0 else { return nil }
    self = state & STACK_BY_TABLES == 0 ? .byFramePointers : .incomplete
  }

  var frame: Frame {
    let name =
      switch self {
      case .incomplete: "[incomplete]"
      case .byFramePointers: "[by frame pointers]"
      }
    return Frame(name: name, address: 0, isKernel: false)
  }
}
