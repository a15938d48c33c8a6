import Wire

/// One more object of a tool's image, with a configuration and plans of its own.
public struct CompanionObject<Configuration: TraceConfiguration> {
  let configuration: Configuration
  let plans: [HookPlan]
  /// What it is for, for messages.
  let label: String
  /// The maps that it has from the tool's first object, beside its account and its filter.
  private let maps: [String]

  /// - Parameters:
  ///   - configuration: without its common part.
  ///   - plans: in the order of preference.
  ///   - label: what it is for, for messages.
  ///   - maps: those of the first object that its programs write, the ring buffer of events
  ///     by default, with what tells them that the reader sleeps.
  public init(
    _ configuration: Configuration, plans: [HookPlan], label: String,
    maps: [String] = ["events", ".bss"]
  ) {
    self.configuration = configuration
    self.plans = plans
    self.label = label
    self.maps = maps
  }

  /// Loads and attaches it.
  ///
  /// - Parameters:
  ///   - first: the tool's first object.
  ///   - trace: the common part of the configuration.
  ///   - pinned: the maps of the filter that somebody else fills.
  ///   - readsTypes: whether the common part needs the kernel's types.
  ///   - configure: sets what else it has in common with the first object.
  func start(
    _ image: ObjectImage, beside first: LoadedObject, _ trace: trace_config,
    _ pinned: PinnedFilters, _ options: Session.Options, readsTypes: Bool,
    configure: (inout OpenObject, LoadedObject) throws(BPFError) -> Void
  ) throws(BPFError) -> Session {
    var configuration = configuration
    configuration.trace = trace
    let usesList = trace.filter.pid_count > 1
    do {
      return try Session.start(
        image, plans: readsTypes ? plans.map { $0.readingTypes() } : plans,
        options: .init(typesFile: options.typesFile),
        configure: { (object: inout OpenObject, _: HookPlan) throws(BPFError) in
          try object.setVariable("config", to: configuration)
          try pinned.setUp(&object)
          for map in maps + ["ledger"] { try object.share(map: map, of: first) }
          if usesList {
            try object.share(map: "filter_pids", of: first)
          } else {
            try object.leaveOut(map: "filter_pids")
          }
          try configure(&object, first)
        })
    } catch {
      throw BPFError(.attach, label, explanation: error.description)
    }
  }
}
