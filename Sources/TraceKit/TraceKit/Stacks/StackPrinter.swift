/// Whether those who wake a task are reported.
public enum WakerStacks: Sendable {
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

/// Writes stacks as paragraphs, folded, as JSON or as CSV.
struct StackPrinter {
  let style: StackStyle
  let format: OutputFormat
  let timeFormat: TimeFormat
  let rows: RowPrinter<StackSample>
  let out: OutputBuffer

  func header() {
    if format == .csv { rows.header() }
  }

  /// The time over a table of one interval.
  func heading(_ now: UInt64, _ clock: EventClock) {
    guard format == .table, !style.isFolded else { return }
    clock.write(now, as: timeFormat, to: out)
    out.append("\n")
  }

  /// - Parameter pause: is called between samples, at least once for each. It may write out what
  ///   is in the buffer.
  func print(_ samples: [StackSample], pause: () throws -> Void) rethrows {
    switch format {
    case .table where style.isFolded: try Self.fold(samples, style, to: out, pause: pause)
    case .table:
      for sample in style.joinsProcesses ? joined(samples) : samples {
        paragraph(sample)
        try pause()
      }
    case .json, .csv:
      for sample in samples {
        rows.print(sample)
        try pause()
      }
    }
  }

  /// What reads the same is one, at the place of the last.
  private func joined(_ samples: [StackSample]) -> [StackSample] {
    var names = NumberedSet<String>()
    var tree = StackTree()
    var paths = NumberedSet<StackTree.Place>()
    var places = ChunkedArray<Int>()
    var sums: [StackSample] = []
    for sample in samples {
      let path = style.path(sample).map { UInt64(names.insert($0)) }
      let number = tree.add(path.reversed()).map { paths.insert($0) }
      if let number, number < places.count {
        let place = places[number]
        sums[place] = StackSample(
          side: sample.side, count: sums[place].count + sample.count,
          time: sums[place].time + sample.time, taken: sample.taken)
      } else {
        if number != nil { places.append(sums.count) }
        sums.append(sample)
      }
    }
    return sums.sorted { style.value($0) < style.value($1) }
  }

  /// Samples that read the same are one line.
  static func fold(
    _ samples: [StackSample], _ style: StackStyle, to out: OutputBuffer,
    pause: () throws -> Void
  ) rethrows {
    var lines = FoldedLines()
    for sample in samples {
      try pause()
      let comm = style.joinsProcesses ? nil : style.root(sample).comm
      let (path, value) = (style.path(sample), style.value(sample))
      if lines.add(comm: comm, path: path, value) { continue }
      try lines.write(to: out, pause: pause)
      lines = FoldedLines()
      _ = lines.add(comm: comm, path: path, value)
    }
    try lines.write(to: out, pause: pause)
  }

  private func paragraph(_ sample: StackSample) {
    if style.wakers == .alone {
      heading("target:", sample.side)
      stacks(style.root(sample))
      heading("waker:", style.root(sample))
      return value(sample)
    }
    if let waker = sample.waker {
      heading("waker:", waker)
      // The one who woke stands over the one who waited, as in a flame graph.
      frames(waker.user.reversed())
      if style.isDelimited, !waker.user.isEmpty, !waker.kernel.isEmpty { line("-") }
      frames(waker.kernel.reversed())
      line("--")
    }
    stacks(sample.side)
    if !style.joinsProcesses { heading(sample.waker == nil ? "-" : "target:", sample.side) }
    value(sample)
  }

  private func stacks(_ side: StackSide) {
    frames(side.kernel)
    if style.isDelimited, !side.kernel.isEmpty, !side.user.isEmpty { line("--") }
    frames(side.user)
  }

  private func value(_ sample: StackSample) {
    out.append("        \(style.value(sample))\n\n")
  }

  private func frames(_ frames: some Sequence<Frame>) {
    for frame in frames { line(style.name(frame)) }
  }

  private func line(_ text: String) {
    out.append("    ")
    out.append(escaped: text)
    out.append("\n")
  }

  private func heading(_ mark: String, _ side: StackSide) {
    out.append("    ")
    let start = out.count
    out.append(mark)
    out.pad(from: start, to: 16, alignment: .left)
    out.append(" ")
    side.comm.withUnsafeBytes { out.append(escaped: $0) }
    if !side.isInterrupt { out.append(" (\(side.tid == 0 ? side.pid : side.tid))") }
    out.append("\n")
  }
}

extension OutputBuffer {
  /// A name between semicolons, which therefore has none itself.
  func append(foldedPart text: [UInt8]) {
    let safe = text.map { $0 == UInt8(ascii: ";") ? UInt8(ascii: ":") : $0 }
    safe.withUnsafeBytes { append(escaped: $0) }
  }
}

extension Column<StackSample> {
  /// The fields of stacks, in JSON and CSV.
  static func stack(
    measuresTime: Bool, perThread: Bool, wakers: WakerStacks
  ) -> [Column<StackSample>] {
    var columns: [Column<StackSample>] = [
      Column("time", "TIME", width: 8) { $1.time($0.taken) },
      Column("pid", "PID", width: 7) { $1.integer($0.side.pid) },
    ]
    if perThread { columns.append(Column("tid", "TID", width: 7) { $1.integer($0.side.tid) }) }
    columns.append(Column("comm", "COMM", width: 16, role: .key) { $1.text($0.side.comm) })
    columns.append(Column("count", "COUNT", width: 8, role: .total) { $1.integer($0.count) })
    if measuresTime {
      columns.append(
        Column("total_us", "TOTAL", width: 10) { $1.fraction($0.time, per: 1000, decimals: 3) })
    }
    let hasOwn = wakers != .alone
    if hasOwn {
      columns += [
        Column("kernel", "KERNEL", width: 0) { $1.frames($0.side.kernel) },
        Column("user", "USER", width: 0, role: .detail) { $1.frames($0.side.user) },
      ]
    }
    if wakers != .none { columns += waker(perThread: perThread) }
    func addresses(
      _ name: String, _ frames: @escaping @Sendable (StackSample) -> [Frame]
    ) -> Column<StackSample> {
      Column(name, "", width: 0, presence: .onRequest) { $1.addresses(frames($0)) }
    }
    if hasOwn {
      columns.append(addresses("kernel_addresses") { $0.side.kernel })
      columns.append(addresses("user_addresses") { $0.side.user })
    }
    return columns
  }

  private static func waker(perThread: Bool) -> [Column<StackSample>] {
    var columns: [Column<StackSample>] = [
      Column("waker_pid", "WAKER", width: 7) { $1.integerOrNone($0.waker?.shownPID) }
    ]
    if perThread {
      columns.append(
        Column("waker_tid", "WAKER TID", width: 7) { $1.integerOrNone($0.waker?.shownTID) })
    }
    return columns + [
      Column("waker_comm", "WAKER COMM", width: 16) {
        if let waker = $0.waker { $1.text(waker.comm) } else { $1.none() }
      },
      Column("waker_kernel", "WAKER KERNEL", width: 0) { $1.frames($0.waker?.kernel ?? []) },
      Column("waker_user", "WAKER USER", width: 0) { $1.frames($0.waker?.user ?? []) },
    ]
  }
}

extension Cell {
  func text(_ bytes: [UInt8]) { bytes.withUnsafeBytes { text($0) } }

  /// Frames, innermost first: an array of JSON, else with semicolons between them.
  public func frames(_ frames: [Frame]) {
    texts(frames.map { Array($0.text.utf8) })
  }

  /// The same by their addresses.
  func addresses(_ frames: [Frame]) {
    texts(frames.map { Array(Symbolizer.hexadecimal($0.address).utf8) })
  }

  private func texts(_ texts: [[UInt8]]) {
    guard format == .json else {
      let safe = texts.map { $0.map { $0 == UInt8(ascii: ";") ? UInt8(ascii: ":") : $0 } }
      return text(Array(safe.joined(separator: [UInt8(ascii: ";")])))
    }
    out.append("[")
    for (index, text) in texts.enumerated() {
      if index > 0 { out.append(",") }
      text.withUnsafeBytes { _ = out.append(jsonString: $0) }
    }
    out.append("]")
  }
}
