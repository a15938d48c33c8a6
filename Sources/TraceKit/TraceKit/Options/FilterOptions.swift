import Wire

/// Which tasks are traced. All of it is decided in the kernel.
public final class FilterOptions<Letters: OptionLetters>: ParsableArguments {
  @Option(
    name: spelled(Letters.pid, "pid"), parsing: .unconditional,
    help: "Trace these processes only: one ID, or several separated by commas.",
    completion: .processes, transform: Parse.pids)
  public var pid: [UInt32]?

  @Option(
    name: spelled(Letters.tid, "tid"), parsing: .unconditional,
    help: "Trace this thread only.", completion: .thread, transform: Parse.pid)
  public var tid: UInt32?

  @Option(
    name: spelled(Letters.uid, "uid"), parsing: .unconditional,
    help: "Trace this user only, by number or name.", completion: .user,
    transform: Parse.user)
  public var uid: UInt32?

  @Option(
    name: spelled(Letters.name, "name"), parsing: .unconditional,
    help: "Trace commands whose name contains this.", completion: .command,
    transform: Parse.comm)
  public var name: String?

  @Option(
    name: spelled(Letters.comm, "comm"), parsing: .unconditional,
    help: "Trace commands with this name, or with this prefix if it ends with a *.",
    completion: .command)
  public var comm: String?

  @Option(
    name: spelled(Letters.cgroup, "cgroup"), parsing: .unconditional,
    help: "Trace tasks in this cgroup directory (version 2) and below it.",
    completion: .directory)
  public var cgroup: String?

  @Option(
    parsing: .unconditional,
    help: "Trace tasks of this systemd unit; a name without a suffix is a service.",
    completion: .unit)
  public var unit: String?

  @Option(
    parsing: .unconditional,
    help: "Trace tasks of this container, by name, ID or prefix of the ID.",
    completion: .container)
  public var container: String?

  @Option(
    name: spelled(Letters.cgroupMap, "cgroupmap"), parsing: .unconditional,
    help: "Trace tasks whose cgroup is a key of this pinned BPF map.", completion: .file())
  var cgroupMap: String?

  @Option(
    name: spelled(Letters.mountNamespaceMap, "mntnsmap"), parsing: .unconditional,
    help: "Trace tasks whose mount namespace is a key of this pinned BPF map.",
    completion: .file())
  var mountNamespaceMap: String?

  @Flag(help: "Trace descendants of the --pid processes too.")
  public var follow = false

  @Flag(
    name: .customLong("host-pids"),
    help: "In a container, accept and print process IDs of the host.")
  var hostPids = false

  public init() {}

  public func validate() throws {
    if follow, pid == nil { throw ValidationError("--follow needs --pid or a command.") }
    if [cgroup, unit, container].count(where: { $0 != nil }) > 1 {
      throw ValidationError("--cgroup, --unit and --container cannot be combined.")
    }
    if unit == "" { throw ValidationError("--unit: a unit name is missing.") }
    if container == "" { throw ValidationError("--container: a container name is missing.") }
    guard let comm else { return }
    if name != nil { throw ValidationError("--comm and --name cannot be combined.") }
    let pattern = comm.hasSuffix("*") ? String(comm.dropLast()) : comm
    guard (1...15).contains(pattern.utf8.count) else {
      throw ValidationError("--comm: a command name has 1 to 15 bytes.")
    }
  }

  /// The filter as the programs read it.
  ///
  /// - Parameter command: the process that this tool itself has started.
  /// - Throws: ``ToolError`` where the cgroup, the unit or the container cannot be
  ///   found, or where processes would have to be known by the numbers of two
  ///   namespaces.
  func wire(command: UInt32? = nil) throws -> task_filter {
    var filter = task_filter()
    filter.pid_namespace = try pidNamespace(command: command)
    let processes = processes(command: command)
    if let first = processes.first {
      // A list that grows is not one process.
      filter.pid_count = follows(command: command) ? UInt32.max : UInt32(processes.count)
      filter.pid = first
    }
    filter.tid = tid ?? 0
    if let uid {
      filter.uid_enabled = 1
      filter.uid = uid
    }
    if let group = try group() {
      filter.cgroup_id = group.id
      filter.cgroup_level = group.level
    }
    if let name {
      filter.setComm(name, match: .contains)
    } else if let comm {
      comm.hasSuffix("*")
        ? filter.setComm(String(comm.dropLast()), match: .prefix)
        : filter.setComm(comm, match: .whole)
    }
    if cgroupMap != nil { filter.pinned_maps |= UInt32(PINNED_CGROUPS) }
    if mountNamespaceMap != nil { filter.pinned_maps |= UInt32(PINNED_MNTNS) }
    filter.enabled = isEmpty && command == nil ? 0 : 1
    return filter
  }

  /// The group whose tasks are traced; nil: those of all.
  private func group() throws -> Cgroups.Group? {
    if let cgroup { return try Cgroups.group(at: cgroup) }
    if let unit {
      let search = CgroupSearch(root: try Cgroups.mounted(for: "--unit"))
      return try Cgroups.group(at: search.unit(unit), for: "--unit")
    }
    if let container {
      let search = CgroupSearch(root: try Cgroups.mounted(for: "--container"))
      let directory = try search.container(
        container, names: ContainerNames(sought: container))
      return try Cgroups.group(at: directory, for: "--container")
    }
    return nil
  }

  /// The maps of ids that are looked up in place of the object's own.
  ///
  /// - Throws: ``ToolError`` where one cannot be opened, or is of another kind.
  func pinnedMaps() throws -> PinnedFilters {
    try PinnedFilters(cgroups: cgroupMap, mountNamespaces: mountNamespaceMap)
  }

  /// The namespace of the process ids that are printed; 0 for the initial one.
  var shownPIDNamespace: UInt32 { hostPids ? 0 : PIDNamespace.own }

  /// The namespace of those that are filtered by. A command and the descendants in
  /// proc are known by the numbers of this process's own namespace only.
  private func pidNamespace(command: UInt32?) throws -> UInt32 {
    guard hostPids, PIDNamespace.own != 0 else { return PIDNamespace.own }
    let isGiven = pid != nil || tid != nil
    guard isGiven else { return PIDNamespace.own }
    if follows(command: command) {
      throw ToolError(
        .usage,
        "--host-pids: in a container, --pid and --tid conflict with --follow and a command")
    }
    return 0
  }

  /// - Throws: ``ToolError`` where processes would have to be known by the numbers of
  ///   two namespaces.
  func checkNamespace(command: [String]?) throws {
    _ = try pidNamespace(command: command.map { _ in 0 })
  }

  /// The processes that pass from the start; none: all do.
  func processes(command: UInt32?) -> [UInt32] {
    (pid ?? []) + (command.map { [$0] } ?? [])
  }

  /// The one process that can pass, by its number for this process; nil where there
  /// may be more. What is attached to it alone costs no other.
  ///
  /// - Parameter isTried: hooks are only tried, for which this process does where the user
  ///   names none: those at functions that are called often would slow all others down.
  public func onlyProcess(command: [String]?, isTried: Bool = false) -> UInt32? {
    if isTried, pid == nil { return OwnProcess.id }
    guard let pid, pid.count == 1, !follow, command == nil, !hostPids else { return nil }
    return pid.first
  }

  /// The processes whose libraries are looked through; none: those of all.
  ///
  /// - Parameter isTried: as of ``onlyProcess(command:isTried:)``.
  public func searchedProcesses(isTried: Bool) -> [UInt32] {
    pid ?? (isTried ? [OwnProcess.id] : [])
  }

  /// Whether their descendants pass too.
  func follows(command: UInt32?) -> Bool { follow || command != nil }

  /// Whether all tasks pass.
  public var isEmpty: Bool {
    pid == nil && tid == nil && uid == nil && name == nil && comm == nil
      && cgroup == nil && unit == nil && container == nil
      && cgroupMap == nil && mountNamespaceMap == nil
  }
}

extension task_filter {
  enum CommMatch {
    case whole
    case prefix
    case contains
  }

  mutating func setComm(_ name: String, match: CommMatch) {
    var text = [UInt8](repeating: 0, count: Int(COMM_SIZE))
    var mask = text
    let bytes = Array(name.utf8.prefix(text.count - 1))
    for (index, byte) in bytes.enumerated() {
      text[index] = byte
      mask[index] = 0xff
    }
    // The NUL belongs to a whole name.
    if match == .whole { mask[bytes.count] = 0xff }
    func word(_ bytes: [UInt8], _ index: Int) -> UInt64 {
      bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self) }
    }
    (comm_low, comm_high) = (word(text, 0), word(text, 1))
    (comm_mask_low, comm_mask_high) = (word(mask, 0), word(mask, 1))
    comm_starts = match == .contains ? UInt32(text.count - bytes.count) : 1
  }
}
