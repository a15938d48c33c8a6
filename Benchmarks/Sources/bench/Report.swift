/// The figures as Markdown.
extension Figures {
  func markdown(ratiosOnly: Bool) -> String {
    // The page of a whole run has these heads already.
    if ratiosOnly { return ratioTable() + bars(under: "") + notes(under: "") }
    return machineTable() + startTable() + stormTable() + accountTable() + sizeTable()
      + bars(
        under: "## Bars\n\n"
          + "Ratios to libbpf-tools in the same run, where nothing else is said.\n\n")
      + notes(under: "## What did not run\n\n")
  }

  private func machineTable() -> String {
    let rows = (machine.sorted { $0.key < $1.key } + versions.sorted { $0.key < $1.key })
      .map { [$0.key, $0.value] }
    return "## Machine\n\n" + table(["", ""], rows + [["rounds", "\(rounds)"]])
  }

  private func startTable() -> String {
    section(
      "## Start and memory\n\nFrom exec to the last hook attached, and resident memory then. "
        + "The kernel's buffers that are mapped count in it; of a ring buffer that is a part.",
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

      The time in the BPF programs of the tool for one operation (with the kernel's statistics on,
      which are part of it), and how many times as long the storm takes while it is traced (with the
      statistics off). A floor is no tool: its programs (Benchmarks/floor.bpf.c) do the least that
      any tool must do for such an operation, without filters, options and an account.


      """
    for name in storms.map(\.storm).unique {
      let rows = storms.filter { $0.storm == name }
      guard let first = rows.first else { continue }
      text += "### \(name)\n\nOne operation: \(first.operation). "
      text += "Untraced: \(first.untracedMicroseconds.text(3)) µs. Tool: \(first.tool).\n\n"
      text += table(
        ["tracer", "operations", "kernel time, µs", "of libbpf-tools", "slowdown"],
        rows.map { row in
          let peer =
            rows.first { $0.tracer == Tracer.peer && $0.options == row.options }
          return [
            ([row.tracer] + row.options).joined(separator: " "), "\(row.operations)",
            row.kernelMicroseconds?.text(3) ?? "",
            ratio(row.kernelMicroseconds, peer?.kernelMicroseconds), row.slowdown?.text(2) ?? "",
          ]
        })
    }
    return text
  }

  private func ratioTable() -> String {
    table(
      ["storm", "tool", "kernel time, of libbpf-tools"],
      storms.filter { $0.tracer == Tracer.ours }.map { row in
        let peer = storms.first { $0.storm == row.storm && $0.tracer == Tracer.peer }
        return [
          row.storm, row.tool, ratio(row.kernelMicroseconds, peer?.kernelMicroseconds),
        ]
      })
  }

  private func accountTable() -> String {
    section(
      "## Opens at full speed\n\nLost is the worst round's, shown the median's. "
        + "User and system are the tracer's CPU time for a million that it showed.",
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
      ["bar", "value", "limit", "", "floor"],
      bars.map {
        [
          $0.name, $0.value.text(3), "\($0.limit)", $0.passed ? "pass" : "miss",
          $0.floor?.text(3) ?? "",
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
