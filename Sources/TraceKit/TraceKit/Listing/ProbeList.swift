import Glibc

/// Lists of places that tracers can use: the kernel's tracepoints and the probes of programs.
public enum ProbeList {
  /// A tracepoint of the kernel.
  struct Tracepoint: Sendable {
    let category: String
    let event: String
    /// What its records have, such as `char comm[16];`.
    let fields: [String]

    var fullName: String { "\(category):\(event)" }
  }

  /// A probe of a file, which can be in several places of it.
  struct FileProbe: Sendable {
    let file: String
    let places: [USDTProbe]

    var fullName: String { places[0].fullName }

    /// A line for each place.
    var locations: [String] {
      places.map { place in
        "\(Symbolizer.hexadecimal(place.offset))"
          + (place.semaphore.map { " semaphore \(Symbolizer.hexadecimal($0))" } ?? "")
          + (place.arguments.isEmpty ? "" : " \(place.arguments)")
      }
    }
  }

  /// Whether a name is wanted, by a pattern as shells have them; nil: all are.
  static func isWanted(_ name: String, by pattern: String?) -> Bool {
    guard let pattern else { return true }
    return fnmatch(pattern, name, 0) == 0
  }

  /// - Throws: ``ToolError`` where tracefs cannot be read.
  static func tracepoints(matching pattern: String?, withFields: Bool) throws -> [Tracepoint] {
    guard let tracefs = KernelFeatures.tracefs else {
      let obstacle = KernelFeatures.tracefsObstacle
      throw ToolError(.unavailable, obstacle?.description ?? "tracefs is not readable")
    }
    let events = tracefs + "/events"
    return File.subdirectories(of: events).sorted().flatMap { category in
      File.subdirectories(of: "\(events)/\(category)").sorted().compactMap { event in
        guard isWanted("\(category):\(event)", by: pattern) else { return nil }
        let format =
          withFields ? File.contents(of: "\(events)/\(category)/\(event)/format") : nil
        return Tracepoint(
          category: category, event: event, fields: format.map(fields(ofFormat:)) ?? [])
      }
    }
  }

  /// The fields of a tracepoint's own, without those that all have.
  static func fields(ofFormat text: String) -> [String] {
    text.split(separator: "\n").compactMap { line in
      guard let start = line.firstRange(of: "field:")?.upperBound else { return nil }
      let declaration = line[start...].prefix { $0 != ";" }
      let name = declaration.split(separator: " ").last ?? ""
      return name.hasPrefix("common_") ? nil : declaration + ";"
    }
  }

  /// The probes of a file, or of all that a process has mapped.
  ///
  /// - Throws: ``ToolError`` where there is no such file or process, or it cannot be read.
  static func probes(
    of library: String?, process: UInt32?, matching pattern: String?
  ) throws -> [FileProbe] {
    let files: [CodeFile]
    if let library {
      files = [try LibrarySearch.find(library, of: process)]
    } else if let process {
      guard let mapped = CodeFile.all(of: "\(process)") else {
        throw ToolError(.usage, "there is no process \(process), or its files may not be read")
      }
      files = mapped
    } else {
      files = []
    }
    return try files.flatMap { file -> [FileProbe] in
      guard let found = USDTProbe.all(in: file) else {
        guard library == nil else {
          throw ToolError(.usage, "'\(file.name)' is not a program or library for this machine")
        }
        return []
      }
      let wanted = found.filter { isWanted($0.fullName, by: pattern) }
      return Dictionary(grouping: wanted, by: \.fullName).sorted { $0.key < $1.key }
        .map { FileProbe(file: file.name, places: $0.value) }
    }
  }

  /// Prints the tracepoints, or where a file or a process is given, its probes.
  ///
  /// - Parameters:
  ///   - pattern: of `category:event` or `provider:name`, as shells have them.
  ///   - withDetails: the table has the fields or the places too.
  /// - Throws: ``ToolError``.
  public static func print(
    library: String?, process: UInt32?, matching pattern: String?, withDetails: Bool,
    as format: OutputFormat, to output: Output
  ) throws {
    func write<Row>(_ type: String, _ rows: [Row], _ columns: [Column<Row>]) throws {
      let chosen = try ColumnSelection.none.choose(from: columns, format: format)
      let printer = RowPrinter(
        type: type, columns: chosen, format: format, timeFormat: .none, clock: EventClock(),
        out: output.buffer)
      // A list of names needs none, and the tool of bcc has none.
      if format == .csv { printer.header() }
      for row in rows {
        printer.print(row)
        if output.isFull { try output.flush() }
      }
    }
    let details: (Bool) -> Bool = { $0 || format != .table }
    if library == nil && process == nil {
      let rows = try tracepoints(matching: pattern, withFields: details(withDetails))
      try write("tracepoint", rows, tracepointColumns(withFields: withDetails))
    } else {
      let rows = try probes(of: library, process: process, matching: pattern)
      try write("probe", rows, probeColumns(withPlaces: withDetails))
    }
    try output.flushIfRead()
  }

  private static func tracepointColumns(withFields: Bool) -> [Column<Tracepoint>] {
    [
      Column("tracepoint", "", width: 0) {
        $1.text($0.fullName)
        if withFields { $1.below($0.fields) }
      },
      Column("category", "", width: 0, presence: .hidden) { $1.text($0.category) },
      Column("event", "", width: 0, presence: .hidden) { $1.text($0.event) },
      Column("fields", "", width: 0, presence: .hidden) { $1.list($0.fields) },
    ]
  }

  private static func probeColumns(withPlaces: Bool) -> [Column<FileProbe>] {
    [
      Column("file", "", width: 0) { $1.text($0.file) },
      Column("probe", "", width: 0) {
        $1.text($0.fullName)
        if withPlaces { $1.below($0.locations) }
      },
      Column("provider", "", width: 0, presence: .hidden) { $1.text($0.places[0].provider) },
      Column("name", "", width: 0, presence: .hidden) { $1.text($0.places[0].name) },
      Column("locations", "", width: 0, presence: .hidden) { $1.list($0.locations) },
    ]
  }
}

extension Cell {
  /// Texts that in a table have a line each below the row.
  fileprivate func below(_ texts: [String]) {
    guard format == .table else { return }
    for line in texts {
      out.append("\n    ")
      text(line)
    }
  }
}
