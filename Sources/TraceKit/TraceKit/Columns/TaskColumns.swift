import Wire

/// The columns that every tool with events of a task has.
extension Column where Row: ~Copyable & ~Escapable {
  /// The time of the event.
  public static func time<Event: TraceEvent>(presence: Presence) -> Column
  where Row == Record<Event> {
    Column("time", "TIME", width: 8, presence: presence) { $1.time($0.header.time_ns) }
  }

  /// Seconds from the start of the tool to the event.
  public static func elapsed<Event: TraceEvent>(
    width: Int, decimals: Int, presence: Presence
  ) -> Column where Row == Record<Event> {
    Column("elapsed_s", "TIME(s)", width: width, presence: presence, role: .detail) {
      $1.elapsed($0.header.time_ns, decimals: decimals)
    }
  }

  public static func uid<Event: TraceEvent>(width: Int, presence: Presence) -> Column
  where Row == Record<Event> {
    Column("uid", "UID", width: width, presence: presence) {
      $1.integer($0.header.uid, of: $0.header)
    }
  }

  public static func pid<Event: TraceEvent>(
    header: String = "PID", width: Int = 6, presence: Presence = .shown
  ) -> Column where Row == Record<Event> {
    Column("pid", header, width: width, presence: presence) {
      $1.integer($0.header.pid, of: $0.header)
    }
  }

  public static func tid<Event: TraceEvent>(width: Int, presence: Presence) -> Column
  where Row == Record<Event> {
    Column("tid", "TID", width: width, presence: presence) {
      $1.integer($0.header.tid, of: $0.header)
    }
  }

  public static func comm<Event: TraceEvent>(
    header: String = "COMM", width: Int = 16, isCut: Bool = false, presence: Presence = .shown
  ) -> Column where Row == Record<Event> {
    Column("comm", header, width: width, isCut: isCut, presence: presence, role: .key) {
      if $0.header.namesTask { $1.text(cString: $0.header.comm) } else { $1.none() }
    }
  }

  /// Where the event happened.
  public static func cpu<Event: TraceEvent>(presence: Presence) -> Column
  where Row == Record<Event> {
    Column("cpu", "CPU", width: 3, alignment: .right, presence: presence) {
      $1.integer($0.header.cpu)
    }
  }

  /// Who the task is beyond its name and number, on request.
  public static func identity<Event: TraceEvent>(
    except taken: Set<String> = []
  ) -> [Column] where Row == Record<Event> {
    let all: [Column] = [
      .tid(width: 6, presence: .hidden),
      .cpu(presence: .hidden),
      Column("ppid", "PPID", width: 6, presence: .onRequest, needsIdentity: true) {
        $1.integer($0.header.ppid, of: $0.header)
      },
      Column("mntns", "MNTNS", width: 10, presence: .onRequest, needsIdentity: true) {
        $1.integer($0.header.mntns, of: $0.header)
      },
      Column("user", "USER", width: 8, presence: .onRequest, role: .key) {
        let header = $0.header
        $1.textOrNone(header.namesTask ? UserNames.shared.name(of: header.uid) : nil)
      },
      Column("cgroup", "CGROUP", width: 20, presence: .onRequest, needsIdentity: true) {
        $1.textOrNone(Cgroups.shared.path(of: $0.header.cgroup_id))
      },
      Column("unit", "UNIT", width: 20, presence: .onRequest, needsIdentity: true, role: .key) {
        $1.textOrNone(Cgroups.shared.owner(of: $0.header.cgroup_id).unit)
      },
      Column(
        "container", "CONTAINER", width: 12, presence: .onRequest, needsIdentity: true, role: .key
      ) {
        $1.textOrNone(Cgroups.shared.owner(of: $0.header.cgroup_id).container)
      },
      Column("pod", "POD", width: 30, presence: .onRequest, needsIdentity: true, role: .key) {
        $1.textOrNone(Cgroups.shared.owner(of: $0.header.cgroup_id).pod)
      },
      Column(
        "pod_namespace", "NAMESPACE", width: 12, presence: .onRequest, needsIdentity: true,
        role: .key
      ) {
        $1.textOrNone(Cgroups.shared.owner(of: $0.header.cgroup_id).podNamespace)
      },
    ]
    return all.filter { !taken.contains($0.name) }
  }
}

extension event_header {
  /// Whether it describes a task: a program leaves it empty where it knows of none.
  /// A task outside of the container has the number 0, but a name.
  @inline(__always)
  var namesTask: Bool { tid != 0 || comm.0 != 0 }
}

extension Cell {
  /// A number of a task; nothing where the header describes none.
  @inline(__always)
  fileprivate func integer(_ value: UInt32, of task: event_header) {
    if task.namesTask { integer(value) } else { none() }
  }
}

/// The columns whose names are learnt before the tool gives up its capabilities.
let ownerColumns: Set = ["container", "pod", "pod_namespace"]
