import BPF

/// A line of the list of processes that hold BPF programs: a count, or one object or probe.
struct HolderRow: Sendable {
  /// Nil: no process is known.
  var pid: UInt32?
  var comm: String?
  var kind: String
  /// How many descriptors or places there are.
  var count: Int
  /// What follows is of one object or probe.
  var id: UInt32?
  var subtype: String?
  var name: String?
  /// What a link attaches.
  var program: UInt32?
  var paths: [String] = []

  // MARK: Counts

  /// - Parameter process: the only one that is wanted.
  static func counts(
    of holders: BPFHolders, _ definitions: [ProbeDefinitions], process: UInt32?
  ) -> [HolderRow] {
    var rows: [HolderRow] = []
    var defined = Dictionary(
      definitions.map { ($0.kind, $0.counts) }, uniquingKeysWith: { first, _ in first })
    for holder in holders.holders {
      func add(_ kind: String, _ count: Int) {
        guard count > 0 else { return }
        rows.append(HolderRow(pid: holder.pid, comm: holder.comm, kind: kind, count: count))
      }
      for (kind, count) in holder.descriptors.sorted(by: isBefore) { add(kind, count) }
      for definition in definitions {
        let kind = definition.kind
        let attached = holder.probes.filter { $0.key.kind == kind }
        let count = attached.reduce(0) { $0 + $1.key.count * $1.value }
        // It may have attached those that it defined.
        add(kind.rawValue, max(count, defined[kind]?.removeValue(forKey: holder.pid) ?? 0))
      }
    }
    for definition in definitions {
      let others = defined[definition.kind] ?? [:]
      for (pid, count) in others.sorted(by: { ($0.key ?? .max) < ($1.key ?? .max) })
      where process == nil || pid == process {
        let comm = pid.map { BPFHolders.comm(of: $0) ?? "[unknown]" }
        rows.append(
          HolderRow(pid: pid, comm: comm, kind: definition.kind.rawValue, count: count))
      }
    }
    return rows
  }

  /// Programs come first, then maps, links and all others.
  private static func isBefore(
    _ left: (key: String, value: Int), _ right: (key: String, value: Int)
  ) -> Bool {
    let known = KernelObject.Kind.allCases.map(\.rawValue)
    func rank(_ kind: String) -> Int { known.firstIndex(of: kind) ?? known.count }
    return (rank(left.key), left.key) < (rank(right.key), right.key)
  }

  static let countColumns: [Column<HolderRow>] = [
    pidColumn, commColumn, kindColumn,
    Column("count", "COUNT", width: 0) { $1.integer($0.count) },
  ]

  // MARK: Objects

  /// - Parameter andOthers: also those that no process holds.
  /// - Throws: ``ToolError`` where the kernel does not tell this user what it has.
  static func objects(of holders: BPFHolders, andOthers: Bool) throws -> [HolderRow] {
    // After the processes were read, so that what is missing here has ended since.
    let known = KnownObjects(try KernelObject.Kind.allCases.flatMap(all))
    var rows: [HolderRow] = []
    var held: Set<BPFHolders.Object> = []
    for holder in holders.holders {
      for object in known.objects where holder.objects[known.key(object)] != nil {
        held.insert(known.key(object))
        var row = known.row(object)
        (row.pid, row.comm) = (holder.pid, holder.comm)
        row.count = holder.objects[known.key(object)] ?? 1
        rows.append(row)
      }
      rows += holder.orderedProbes.map { probe, count in
        HolderRow(
          pid: holder.pid, comm: holder.comm, kind: probe.kind.rawValue,
          count: count * probe.count, subtype: probe.isAtReturn ? "return" : "entry",
          name: probe.place)
      }
    }
    guard andOthers else { return rows }
    return rows + known.objects.filter { !held.contains(known.key($0)) }.map(known.row)
  }

  private static func all(_ kind: KernelObject.Kind) throws -> [KernelObject] {
    do {
      return try KernelObject.all(kind)
    } catch .notPermitted {
      throw ToolError(.notPermitted, "the kernel shows its objects to root only")
    } catch {
      // Before 5.8 the kernel had no numbers of links.
      return []
    }
  }

  static let objectColumns: [Column<HolderRow>] = [
    pidColumn, commColumn, kindColumn,
    Column("id", "ID", width: 7) { $1.integerOrNone($0.id) },
    Column("subtype", "SUBTYPE", width: 14) { $1.textOrNone($0.subtype) },
    Column("name", "NAME", width: 15) { $1.textOrNone($0.name) },
    Column("paths", "PINNED", width: 0) { row, cell in
      if row.paths.isEmpty, cell.format == .table { cell.none() } else { cell.list(row.paths) }
    },
    Column("count", "COUNT", width: 0, presence: .hidden) { $1.integer($0.count) },
    Column("program_id", "PROG", width: 0, presence: .hidden) {
      $1.integerOrNone($0.program)
    },
  ]

  private static let pidColumn = Column<HolderRow>("pid", "PID", width: 6) {
    $1.integerOrNone($0.pid)
  }
  private static let commColumn = Column<HolderRow>("comm", "COMM", width: 16) {
    $1.textOrNone($0.comm)
  }
  private static let kindColumn = Column<HolderRow>("kind", "TYPE", width: 8) {
    $1.text($0.kind)
  }
}

/// What the kernel has, with all that a line tells of it.
private struct KnownObjects {
  let objects: [KernelObject]
  private let types: [KernelObject.Kind: [UInt32: String]]
  private let paths = PinnedObjects.paths()
  private let programs: [UInt32: String]

  init(_ objects: [KernelObject]) {
    self.objects = objects
    let kinds = KernelObject.Kind.allCases.map { ($0, KernelObject.typeNames($0)) }
    types = Dictionary(uniqueKeysWithValues: kinds)
    let named = objects.filter { $0.kind == .program }.map { ($0.id, $0.name) }
    programs = Dictionary(named, uniquingKeysWith: { first, _ in first })
  }

  func key(_ object: KernelObject) -> BPFHolders.Object {
    BPFHolders.Object(kind: object.kind, id: object.id)
  }

  /// A link has the name of its program.
  func row(_ object: KernelObject) -> HolderRow {
    HolderRow(
      kind: object.kind.rawValue, count: 0, id: object.id,
      subtype: types[object.kind]?[object.type] ?? "\(object.type)",
      name: object.program.map { programs[$0] ?? "" } ?? object.name, program: object.program,
      paths: paths[key(object)] ?? [])
  }
}
