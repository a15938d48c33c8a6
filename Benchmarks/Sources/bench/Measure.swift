import Glibc

/// What one run of a storm under a tracer gave.
struct Run {
  var seconds: Double
  var kernelSeconds: Double?
}

/// Runs storms with and without tracers.
struct Bench {
  let place: Place
  /// Part of the operations of a full run.
  let scale: Double
  let rounds: Int

  func operations(_ storm: Storm, _ share: Double = 1) -> Int {
    max(40, Int(Double(storm.count) * scale * share))
  }

  func untraced(_ storm: Storm, operations: Int) throws(Failure) -> Double {
    try Workload(storm, operations: operations, place: place).run()
  }

  /// A storm that is ready to go, and a tracer that waits for it.
  func start(_ storm: Storm, under tracer: Tracer, operations: Int) throws(Failure)
    -> (Workload, Session)
  {
    let workload = try Workload(storm, operations: operations, place: place)
    do {
      return (workload, try Session(tracer, processes: workload.processes, place: place))
    } catch {
      _ = workload.run()
      throw error
    }
  }

  /// A storm under a tracer; with the time in its programs where the kernel
  /// keeps account of it.
  func traced(_ storm: Storm, by tracer: Tracer, operations: Int, statistics: Bool)
    throws(Failure) -> Run
  {
    let (workload, session) = try start(storm, under: tracer, operations: operations)
    var run = Run(seconds: 0)
    if statistics {
      let programs = session.process.programs()
      try setStatistics(true)
      let before = runTime(of: programs)
      run.seconds = workload.run()
      run.kernelSeconds = Double(runTime(of: programs) - before) / 1e9
      try setStatistics(false)
    } else {
      run.seconds = workload.run()
    }
    session.child.end()
    return run
  }
}

func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  guard !sorted.isEmpty else { return .nan }
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
