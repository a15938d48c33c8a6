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
