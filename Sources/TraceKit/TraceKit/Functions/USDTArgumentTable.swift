import Wire

/// What programs must be told of the USDT probes that they are attached to, which they find by
/// the cookie of the place.
public protocol NoteArguments: AnyObject, Sendable {
  /// Whether there is a place of which the programs cannot be told.
  var isIncomplete: Bool { get }
  /// The cookie of a place; nil where its program cannot be told.
  func index(of note: USDTProbe, for program: String) -> UInt64?
  func write(to object: LoadedObject)
}

/// Where one argument of USDT probes is, at each place that programs are attached to. They
/// find it in the map `note_arguments`, by the cookie of the place (`lib/queries.bpf.h`).
public final class USDTArgumentTable: NoteArguments, @unchecked Sendable {
  private let argument: Int
  private var known: [USDTArgument?] = []
  private var written = 0
  public private(set) var isIncomplete = false

  private static let room = 64

  /// - Parameter argument: which of the arguments it is, counted from 0.
  public init(argument: Int) {
    self.argument = argument
  }

  /// The index of the argument of a probe, nil where the programs cannot be told: the table is
  /// full, or the kernel has no cookies and it is elsewhere than that of the first.
  public func index(of note: USDTProbe, for program: String = "") -> UInt64? {
    let all = USDTArgument.all(in: note.arguments)
    let own = all.indices.contains(argument) ? all[argument] : nil
    if let index = known.firstIndex(of: own) { return UInt64(index) }
    guard known.count < (KernelFeatures.hasCookies ? Self.room : 1) else {
      isIncomplete = true
      return nil
    }
    known.append(own)
    return UInt64(known.count - 1)
  }

  public func write(to object: LoadedObject) {
    guard let map = try? HashMap<UInt32, usdt_argument>("note_arguments", in: object) else {
      return
    }
    for index in written..<known.count {
      try? map.set(known[index]?.wire ?? usdt_argument(), for: UInt32(index))
    }
    written = known.count
  }
}
