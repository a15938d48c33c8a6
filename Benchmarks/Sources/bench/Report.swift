/// The figures as Markdown.
extension Figures {
  func markdown(ratiosOnly: Bool) -> String {
    // The page of a whole run has these heads already.
    if ratiosOnly { return ratioTable() + notes(under: "") }
    return machineTable() + startTable() + stormTable() + accountTable() + sizeTable()
      + bars(
        under: "## Bars\n\n"
          + "Ratios to libbpf-tools in the same run, unless stated otherwise.\n\n")
      + greatFloors() + notes(under: "## What did not run\n\n")
  }

  private func machineTable() -> String {
    let rows = (machine.sorted { $0.key < $1.key } + versions.sorted { $0.key < $1.key })
      .map { [$0.key, $0.value] }
    return "## Machine\n\n" + table(["", ""], rows + [["rounds", "\(rounds)"]])
  }

  private func startTable() -> String {
    section(
      "## Start and memory\n\nTime from exec until the last hook is attached, and resident memory at "
        + "that time. It includes mapped kernel buffers; of a ring buffer only a part is mapped.",
      table(
        ["tool", "tracer", "ms", "of libbpf-tools", "MB resident", "of it buffers"],
        starts.map { start in
          let peer = starts.first { $0.tool == start.tool && $0.tracer == Tracer.peer }
          return [
            start.tool, start.tracer, start.milliseconds.text(1),
            ratio(start.milliseconds, peer?.milliseconds), start.residentMegabytes.text(1),
            start.bufferMegabytes.text(1),
          ]
        }))
  }

  private func stormTable() -> String {
    var text = """
      ## Storms

      Kernel time is the time spent in the tool's BPF programs per operation, measured with the kernel's
      statistics enabled, which adds their cost. Slowdown is the duration of the traced storm relative to
      the untraced one, with statistics disabled. A floor is not a tool: its programs
      (Benchmarks/floors) do the minimum that any tool must do for such an operation, without
      filters, options or a ledger.


      """
    for name in storms.map(\.storm).unique {
      let rows = storms.filter { $0.storm == name }
      guard let first = rows.first else { continue }
      text += "### \(name)\n\nOne operation: \(first.operation). "
      text += "Untraced: \(first.untracedMicroseconds.text(3)) µs. Tool: \(first.tool)."
      text += first.noFloor.map { " No floor: \($0).\n\n" } ?? "\n\n"
      text += table(
        ["tracer", "operations", "kernel time, µs", "of the floor", "of libbpf-tools", "slowdown"],
        rows.map { row in
          let peer =
            rows.first { $0.tracer == Tracer.peer && $0.options == row.options }
          let least = rows.first { $0.tracer == Tracer.floor }
          return [
            ([row.tracer] + row.options).joined(separator: " "), "\(row.operations)",
            row.kernelMicroseconds?.text(3) ?? "",
            ratio(row.kernelMicroseconds, least?.kernelMicroseconds),
            ratio(row.kernelMicroseconds, peer?.kernelMicroseconds), row.slowdown?.text(2) ?? "",
          ]
        })
    }
    return text
  }

  private func ratioTable() -> String {
    table(
      ["storm", "tool", "kernel time, of the floor", "of libbpf-tools"],
      storms.filter { $0.tracer == Tracer.ours }.map { row in
        let peer = storms.first { $0.storm == row.storm && $0.tracer == Tracer.peer }
        let least = storms.first { $0.storm == row.storm && $0.tracer == Tracer.floor }
        return [
          row.storm, row.tool, ratio(row.kernelMicroseconds, least?.kernelMicroseconds),
          ratio(row.kernelMicroseconds, peer?.kernelMicroseconds),
        ]
      })
  }

  /// Where the least that answers the tool's question is more than 0.7 of libbpf-tools, which
  /// answer another one then, or are as near to the least.
  private func greatFloors() -> String {
    let floors = storms.filter { $0.tracer == Tracer.floor }.compactMap { floor -> String? in
      let peer = storms.first { $0.storm == floor.storm && $0.tracer == Tracer.peer }
      guard let least = floor.kernelMicroseconds, let theirs = peer?.kernelMicroseconds,
        theirs > 0, least > 0.7 * theirs
      else { return nil }
      return "\(floor.storm) (\((least / theirs).text(2)))"
    }
    guard !floors.isEmpty else { return "" }
    return "Where the floor itself takes more than 0.7 of libbpf-tools: "
      + floors.joined(separator: ", ") + ".\n\n"
  }

  private func accountTable() -> String {
    section(
      "## Opens at full speed\n\nLost is the maximum over the rounds, shown is the median. "
        + "User and system are the tracer's CPU time per million events shown.",
      table(
        ["storm", "tracer", "output", "made", "shown", "lost", "user, s", "system, s"],
        accounts.map {
          [
            $0.storm, $0.tracer, $0.output, "\($0.made)", "\($0.shown)", "\($0.lost)",
            $0.userSecondsPerMillion.text(2), $0.systemSecondsPerMillion.text(2),
          ]
        }))
  }

  private func sizeTable() -> String {
    section(
      "## Installed size",
      table(
        ["collection", "what", "bytes"], sizes.map { [$0.collection, $0.what, "\($0.bytes)"] })
    )
  }

  private func bars(under head: String) -> String {
    let table = table(
      ["bar", "value", "limit", "", "of libbpf-tools"],
      bars.map {
        [
          $0.name, $0.value.text(3), "\($0.limit)", $0.passed ? "pass" : "miss",
          $0.ofPeer?.text(3) ?? "",
        ]
      })
    return table.isEmpty ? "" : head + table
  }

  private func notes(under head: String) -> String {
    absent.isEmpty ? "" : head + absent.map { "- \($0)\n" }.joined() + "\n"
  }

  private func ratio(_ value: Double?, _ other: Double?) -> String {
    guard let value, let other, other > 0 else { return "" }
    return (value / other).text(2)
  }

  /// Nothing where the table has no rows.
  private func section(_ head: String, _ table: String) -> String {
    table.isEmpty ? "" : head + "\n\n" + table
  }

  private func table(_ titles: [String], _ rows: [[String]]) -> String {
    guard !rows.isEmpty else { return "" }
    let lines = [titles, titles.map { _ in "---" }] + rows
    return lines.map { "| \($0.joined(separator: " | ")) |\n" }.joined() + "\n"
  }
}

extension Double {
  /// With so many digits behind the point.
  func text(_ digits: Int) -> String {
    guard isFinite else { return "" }
    let factor = (0..<digits).reduce(1.0) { product, _ in product * 10 }
    let scaled = Int((magnitude * factor).rounded())
    let whole = scaled / Int(factor)
    let rest = String(scaled % Int(factor))
    let sign = self < 0 && scaled > 0 ? "-" : ""
    guard digits > 0 else { return sign + "\(whole)" }
    return "\(sign)\(whole)." + String(repeating: "0", count: digits - rest.count) + rest
  }
}

extension Array where Element: Hashable {
  /// Each element once, in the order in which they come.
  var unique: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
