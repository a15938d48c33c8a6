/// Who runs in a control group.
struct CgroupOwner: Equatable {
  var unit: String?
  /// The name; the short id where none is known.
  var container: String?
  /// The name; the UID where none is known.
  var pod: String?
  var podNamespace: String?
  /// Whether all that have a name are called by it.
  private var isNamed = true

  /// Nobody's group.
  init() {}

  /// - Parameters:
  ///   - path: of the group.
  ///   - names: where names are looked up.
  init(of path: CgroupPath, _ names: ContainerNames) {
    unit = path.unit
    let uid = path.podUID
    let record = path.container.map { names.record(of: $0) }
    let name = record?.pod ?? (path.user == nil ? uid.flatMap { names.pod($0) } : nil)
    container = record?.names.first ?? path.container?.shortID
    pod = name?.name ?? uid
    podNamespace = name?.namespace
    isNamed = record?.names.isEmpty != true && (uid == nil || name != nil)
  }

  /// What was found the last time. A name that was not is looked up again, since kubelet makes
  /// the link with the name of a container after the container runs.
  struct Known {
    let owner: CgroupOwner
    /// When to look again, as ``EventClock`` counts.
    let due: UInt64
    private let pause: UInt64

    private static let second: UInt64 = 1_000_000_000

    /// - Parameter before: what the look-up before found.
    init(_ owner: CgroupOwner, after before: Known?) {
      self.owner = owner
      pause = min(before.map { $0.pause * 2 } ?? Self.second, 64 * Self.second)
      due = EventClock.now + pause
    }

    /// Nothing more can be found.
    var isFinal: Bool { owner.isNamed }
  }
}
