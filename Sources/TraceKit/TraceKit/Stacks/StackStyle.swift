/// Whether those who wake a task are reported.
public enum WakerStacks: String, Sendable {
  case none
  /// Beside the task's own stacks.
  case beside
  /// In their place: the task has none.
  case alone
}

/// How stacks are written.
public struct StackStyle: Sendable {
  /// One line for each pair of stacks, outermost first.
  public var isFolded = false
  /// Tells kernel from user frames by a line, or a frame, between them.
  public var isDelimited = false
  /// Marks kernel frames.
  public var isAnnotated = false
  /// Puts the address in front of each name.
  public var showsAddresses = false
  /// The value is the time in microseconds, not the number.
  public var measuresTime = false
  public var wakers = WakerStacks.none
  /// Puts the offset in its function behind the name of a kernel frame.
  public var showsOffsets = false
  /// Text does not say whose a stack is, so that those of several processes are one.
  public var joinsProcesses = false

  public init() {}

  func value(_ sample: StackSample) -> UInt64 {
    measuresTime ? sample.time / 1000 : sample.count
  }

  /// The name of a frame in text.
  func name(_ frame: Frame) -> String {
    var name = frame.name
    if showsOffsets, let offset = frame.offset { name += "+" + Symbolizer.hexadecimal(offset) }
    if frame.isKernel && isAnnotated { name += "_[k]" }
    name += frame.suffix
    return showsAddresses ? Symbolizer.hexadecimal(frame.address) + " " + name : name
  }

  /// The one whose frames come first.
  func root(_ sample: StackSample) -> StackSide {
    wakers == .alone ? sample.waker ?? sample.side : sample.side
  }

  /// All frames of a sample, outermost first, with those of the waker behind the
  /// task's own: what was done last to end the wait stands on top. Without stacks
  /// of its own the task itself does.
  func path(_ sample: StackSample) -> [String] {
    var names = path(root(sample))
    if wakers == .alone { return names + [String(decoding: sample.side.comm, as: UTF8.self)] }
    if let waker = sample.waker {
      names.append("--")
      names += waker.kernel.map(name)
      if isDelimited, !waker.kernel.isEmpty, !waker.user.isEmpty { names.append("-") }
      names += waker.user.map(name)
      names.append(String(decoding: waker.comm, as: UTF8.self))
    }
    return names
  }

  /// What stands on top of what in a picture of a sample, outermost first: the command, its
  /// frames, and on them the waker, whose outermost frame is the last.
  func steps(_ sample: StackSample) -> [StackStep] {
    let root = root(sample)
    var steps = [StackStep(command: root.comm)]
    steps += (root.user.reversed() + root.kernel.reversed()).map(step)
    if wakers == .alone { return steps + [StackStep(command: sample.side.comm)] }
    guard let waker = sample.waker else { return steps }
    steps.append(StackStep(name: "--"))
    steps += (waker.kernel + waker.user).map(step)
    return steps + [StackStep(command: waker.comm)]
  }

  /// Appends a folded line without its value.
  func fold(_ sample: StackSample, into line: OutputBuffer) {
    if !joinsProcesses { line.append(foldedPart: root(sample).comm) }
    for name in path(sample) {
      if line.count > 0 { line.append(";") }
      line.append(foldedPart: Array(name.utf8))
    }
  }

  private func step(_ frame: Frame) -> StackStep {
    StackStep(name: name(frame), frame: frame)
  }

  private func path(_ side: StackSide) -> [String] {
    var names = side.user.reversed().map(name)
    if isDelimited, !side.user.isEmpty, !side.kernel.isEmpty { names.append("-") }
    return names + side.kernel.reversed().map(name)
  }
}

/// A level of a picture of stacks.
struct StackStep {
  enum Kind: UInt8 {
    case user
    case kernel
    /// A command's name, or what delimits two stacks.
    case other
  }

  let name: String
  /// Nil for a command, and for what delimits two stacks.
  let frame: Frame?

  init(name: String, frame: Frame? = nil) {
    self.name = name
    self.frame = frame
  }

  init(command: [UInt8]) {
    self.init(name: String(decoding: command, as: UTF8.self))
  }

  var kind: Kind {
    switch frame?.isKernel {
    case nil: .other
    case false?: .user
    case true?: .kernel
    }
  }
}
