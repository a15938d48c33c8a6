import Glibc

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
    return try Session.start(
      image, plans: plans, options: .init(hooks: hooks, typesFile: btf),
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

  /// Whether a line at the start tells a person what happens.
  var tellsStart: Bool { isatty(STDERR_FILENO) == 1 }

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
