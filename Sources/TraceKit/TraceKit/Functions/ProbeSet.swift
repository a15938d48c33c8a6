/// The places that a user's ``ProbeSpec`` means, and the ways to attach programs there.
public struct ProbeSet: Sendable {
  public struct Place: Sendable {
    /// The number of its name.
    public let name: Int
    let site: Site
    /// Of a USDT probe, which can have them elsewhere at each of its places.
    public let arguments: [USDTArgument?]
  }

  enum Site: Sendable {
    case kernel(String)
    case file(ProbedFile, offset: UInt64, semaphore: UInt64?)
    case tracepoint(category: String, event: String)
  }

  public let spec: ProbeSpec
  /// What a person reads: `vfs_read`, `malloc`, `sched:sched_switch`, `postgresql:query__start`.
  public let names: [String]
  public let places: [Place]
  /// What was left out, as a sentence for the user.
  public let caveat: String?
  /// Of the kernel's functions, in the order of the places; empty where they are not known.
  let addresses: [UInt64]
  /// Probe this process alone.
  let process: UInt32?

  /// So many places by a link each, which takes two descriptors and some time.
  public static let mostLinks = 500
  /// So many by links for many places.
  public static let most = 10_000

  /// - Parameters:
  ///   - process: whose files are meant, where one is given.
  ///   - only: probe that process alone.
  ///   - needsReturn: whether programs at the return of functions belong to it.
  /// - Throws: ``ToolError`` where there is no such place, or there are too many.
  public init(
    _ spec: ProbeSpec, of process: UInt32?, only: UInt32?, needsReturn: Bool = false
  ) throws {
    self.spec = spec
    self.process = only
    let pattern = try FunctionPattern(spec.name, isExpression: spec.isExpression)
    switch spec.kind {
    case .kernelFunction, .userFunction:
      caveat = nil
      // As the tools of bcc have it: `:name` is one of the kernel, unless a process is named.
      if spec.kind == .kernelFunction || spec.library.isEmpty && process == nil {
        (names, addresses) = try FunctionSearch.kernelFunctions(pattern, atMost: Self.most)
        places = names.enumerated().map { Place(name: $0, site: .kernel($1), arguments: []) }
      } else {
        let file = try LibrarySearch.find(spec.library, of: process)
        let (opened, all) = try FunctionSearch.functions(
          pattern, of: file, atReturn: spec.atReturn || needsReturn, atMost: Self.most)
        // Where none can be, the kernel's own refusal says more.
        let probed = all.filter { opened.probed.canBeProbed(at: $0.offset) }
        let found = probed.isEmpty ? all : probed
        names = found.map(\.name)
        addresses = []
        places = found.indices.map {
          Place(
            name: $0, site: .file(opened.probed, offset: found[$0].offset, semaphore: nil),
            arguments: [])
        }
      }
    case .tracepoint:
      caveat = nil
      addresses = []
      let found = try Self.tracepoints(spec, pattern)
      names = found.map { "\($0.category):\($0.event)" }
      places = found.indices.map {
        Place(
          name: $0, site: .tracepoint(category: found[$0].category, event: found[$0].event),
          arguments: [])
      }
    case .usdt:
      addresses = []
      (names, places, caveat) = try Self.notes(spec, pattern, of: process)
    }
  }
}
