import Wire

extension RunOptions {
  /// Where the data goes.
  func openOutput() throws -> Output {
    try output.map(Output.file) ?? Output()
  }

  /// Loads and attaches a tool's programs.
  func start(
    _ image: ObjectImage, plans: [HookPlan], configuration: some TraceConfiguration,
    filter: FilterOptions<Letters>,
    configure: (inout OpenObject) throws(BPFError) -> Void
  ) throws(HookPlanError) -> Session {
    let pids = filter.pid ?? []
    let readsTypes = configuration.trace.identity != 0
    return try Session.start(
      image, plans: readsTypes ? plans.map { $0.readingTypes() } : plans, options: .init(kind: hooks, typesFile: btf),
      configure: { (object: inout OpenObject, _: HookPlan) throws(BPFError) in
        try object.setVariable("config", to: configuration)
        if pids.count > 1 {
          try object.setMaxEntries(of: "filter_pids", to: pids.count)
        } else {
          try object.leaveOut(map: "filter_pids")
        }
        try configure(&object)
      },
      prepare: { (object: LoadedObject) throws(BPFError) in
        guard pids.count > 1 else { return }
        let map = try HashMap<UInt32, UInt8>("filter_pids", in: object)
        for pid in pids { try map.set(1, for: pid) }
      })
  }

  /// With `--verbose`, says what was attached and what was passed over.
  func tellAttached(_ tool: String, _ session: Session) {
    guard verbose > 0 else { return }
    for rejection in session.rejections {
      tell("\(tool): not by \(rejection.kind.rawValue): \(rejection.reason)")
    }
    let programs = session.programs.joined(separator: ", ")
    tell("\(tool): attached by \(session.plan.kind.rawValue): \(programs)")
  }
}
