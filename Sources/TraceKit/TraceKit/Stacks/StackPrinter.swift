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

  func print(_ samples: [StackSample]) {
    switch format {
    case .json, .csv: for sample in samples { rows.print(sample) }
    case .table where style.isFolded: Self.fold(samples, style, to: out)
    case .table where style.joinsProcesses: for sample in joined(samples) { paragraph(sample) }
    case .table: for sample in samples { paragraph(sample) }
    }
  }

  /// What reads the same is one, at the place of the last.
  private func joined(_ samples: [StackSample]) -> [StackSample] {
    var places: [[String]: Int] = [:]
    var sums: [StackSample] = []
    for sample in samples {
      let path = style.path(sample)
      if let place = places[path] {
        sums[place] = StackSample(
          side: sample.side, count: sums[place].count + sample.count,
          time: sums[place].time &+ sample.time, taken: sample.taken)
      } else {
        places[path] = sums.count
        sums.append(sample)
      }
    }
    return sums.sorted { style.value($0) < style.value($1) }
  }

  /// Samples that read the same are one line: processes of one name do.
  static func fold(_ samples: [StackSample], _ style: StackStyle, to out: OutputBuffer) {
    var values: [[UInt8]: UInt64] = [:]
    var order: [[UInt8]] = []
    let line = OutputBuffer(capacity: 4096)
    for sample in samples {
      line.removeAll()
      style.fold(sample, into: line)
      let text = line.withBytes { Array($0) }
      if values[text] == nil { order.append(text) }
      values[text, default: 0] += style.value(sample)
    }
    for text in order {
      text.withUnsafeBytes { out.append(bytes: $0) }
      out.append(" \(values[text] ?? 0)\n")
    }
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
