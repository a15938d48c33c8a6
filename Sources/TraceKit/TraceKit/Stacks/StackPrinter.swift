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

  /// What is kept of paths to find those that read the same, in bytes.
  private static let joinedRoom = 1 << 28

  /// What reads the same is one, at the place of the last.
  private func joined(_ samples: [StackSample]) -> [StackSample] {
    var paths = StackPaths<StackName>(root: nil, repeatsLabels: false, room: Self.joinedRoom)
    var ends = NumberedSet<Int>()
    var places = ChunkedArray<Int>()
    var sums: [StackSample] = []
    for sample in samples {
      let path = style.path(sample).lazy.map(StackName.init)
      let number = paths.end(of: path).map { ends.insert($0) }
      if let number, number < places.count {
        let place = places[number]
        sums[place] = StackSample(
          side: sample.side, count: sums[place].count + sample.count,
          time: sums[place].time &+ sample.time, taken: sample.taken)
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
