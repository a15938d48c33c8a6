import BPF

/// The list of processes that hold BPF programs, maps and links.
public enum HolderList {
  /// Prints it.
  ///
  /// - Parameters:
  ///   - tool: the name of the one that says what could not be read.
  ///   - process: the only one that is looked into.
  ///   - verbosity: 1: with the numbers of probes; 2: and what tracefs has of them.
  ///   - listsObjects: a line for each object in place of counts.
  /// - Throws: ``ToolError``.
  public static func print(
    for tool: String, process: UInt32?, verbosity: Int, listsObjects: Bool,
    as format: OutputFormat, to output: Output
  ) throws {
    let withProbes = verbosity > 0
    let holders = BPFHolders(withObjects: listsObjects, withProbes: withProbes)
    if let process {
      switch holders.read(process) {
      case .read, .cut: break
      case .refused: throw ToolError(.notPermitted, "process \(process) may not be read: \(root)")
      case .ended: throw ToolError(.usage, "there is no process \(process)")
      }
    } else {
      for pid in Processes.all().sorted() { holders.read(pid) }
    }
    let definitions =
      withProbes ? [ProbeDefinitions(.kprobe), ProbeDefinitions(.uprobe)] : []
    if verbosity > 1 {
      try write(definitions, with: holders, of: process, as: format, to: output)
    }
    let rows =
      listsObjects
      ? try HolderRow.objects(of: holders, andOthers: process == nil)
      : HolderRow.counts(of: holders, definitions, process: process)
    let columns = listsObjects ? HolderRow.objectColumns : HolderRow.countColumns
    try write(listsObjects ? "object" : "holder", rows, columns, as: format, to: output)
    try output.flushIfRead()
    tellLimits(of: holders, withProbes: withProbes, as: tool)
  }

  private static let root = "run it as root"

  private static func tellLimits(of holders: BPFHolders, withProbes: Bool, as tool: String) {
    func say(_ text: String) { tell("\(tool): \(text)") }
    if holders.refused > 0 {
      say("\(holders.refused) processes could not be read: \(root)")
    }
    for pid in holders.cut {
      say("process \(pid) has more than \(AnonymousFiles.limit) descriptors: others were not read")
    }
    guard withProbes else { return }
    if !Capabilities.effective.contains(.sysAdmin) {
      say("the kernel does not show this user the probes of processes: \(root)")
    }
    if KernelFeatures.tracefs == nil, let obstacle = KernelFeatures.tracefsObstacle {
      say("probes in tracefs are not counted: \(obstacle)")
    }
  }

  private static func write<Line>(
    _ type: String, _ rows: [Line], _ columns: [Column<Line>], withHeader: Bool = true,
    as format: OutputFormat, to output: Output
  ) throws {
    let chosen = try ColumnSelection.none.choose(from: columns, format: format)
    let printer = RowPrinter(
      type: type, columns: chosen, format: format, timeFormat: .none, clock: EventClock(),
      out: output.buffer)
    if withHeader { printer.header() }
    for row in rows {
      printer.print(row)
      if output.isFull { try output.flush() }
    }
  }

  /// The probes themselves, before the counts: as bcc has them, and those that tracefs does
  /// not have.
  private static func write(
    _ definitions: [ProbeDefinitions], with holders: BPFHolders, of process: UInt32?,
    as format: OutputFormat, to output: Output
  ) throws {
    // A file of CSV has one header.
    guard format != .csv else { return }
    let columns = [
      Column<(kind: String, text: String)>("kind", "", width: 0, presence: .hidden) {
        $1.text($0.kind)
      },
      Column("definition", "", width: 0) { $1.text($0.text) },
    ]
    for definition in definitions {
      let kind = definition.kind
      var lines = definition.lines.filter {
        process == nil || ProbeDefinitions.process(of: $0) == process
      }
      for holder in holders.holders {
        for (probe, count) in holder.orderedProbes where probe.kind == kind {
          let line = "\(probe.isAtReturn ? "r" : "p"):perf/\(holder.pid) \(probe.place)"
          lines += repeatElement(line, count: count)
        }
      }
      let rows = lines.map { (kind: kind.rawValue, text: $0) }
      if format == .table { output.buffer.append("open \(kind.rawValue)s:\n") }
      try write("definition", rows, columns, withHeader: false, as: format, to: output)
      if format == .table { output.buffer.append("\n") }
    }
  }
}
