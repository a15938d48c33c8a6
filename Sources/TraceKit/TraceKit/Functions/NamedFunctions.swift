import Glibc

/// Functions that a user named, and the hook plans that time them.
public struct NamedFunctions: Sendable {
  /// Their names, in the order of the numbers that the programs are told.
  public let names: [String]
  /// Whether they are the kernel's own.
  public let isKernel: Bool
  /// Where the functions of a file begin, by their numbers.
  private let places: [Probe.Place]

  /// So many functions at the most: each takes two descriptors, and as many as have to
  /// be attached before anything is seen.
  public static let most = 500

  /// - Parameters:
  ///   - text: FUNCTION, FILE:FUNCTION or :FUNCTION, as users write it.
  ///   - isExpression: whether FUNCTION is a regular expression, not a wildcard.
  ///   - process: whose files are meant, where one is given.
  ///   - only: probe that process alone.
  /// - Throws: ``ToolError`` where there is no such function or there are too many.
  public init(
    _ text: String, isExpression: Bool, of process: UInt32?, only: UInt32?
  ) throws {
    guard let colon = text.firstIndex(of: ":") else {
      let pattern = try FunctionPattern(text, isExpression: isExpression)
      isKernel = true
      names = try FunctionSearch.kernelFunctions(pattern, atMost: Self.most).names
      places = []
      return
    }
    let file = try LibrarySearch.find(String(text[..<colon]), of: process)
    let pattern = try FunctionPattern(
      String(text[text.index(after: colon)...]), isExpression: isExpression)
    let (opened, found) = try FunctionSearch.functions(
      pattern, of: file, atReturn: true, atMost: Self.most)
    isKernel = false
    names = found.map(\.name)
    places = found.map { .file(opened.probed, offset: $0.offset, process: only) }
  }

  /// Whether the programs can be told which function they run for.
  public var canTellApart: Bool { names.count == 1 || KernelFeatures.hasCookies }

  /// The plans, in the order of preference. What is attached by types takes one
  /// function.
  ///
  /// - Parameters:
  ///   - begin: the program for the entry of a function, by probe.
  ///   - end: the program for its return, by probe.
  ///   - typedBegin: the program for its entry, by types.
  ///   - typedEnd: the program for its return, by types.
  public func plans(
    begin: String, end: String, typedBegin: String, typedEnd: String
  ) -> [HookPlan] {
    // The returns first, so that a call which is seen to begin is seen to end.
    func probes(_ place: (Int) -> Probe.Place) -> [Probe] {
      names.indices.flatMap { index in
        [(end, true), (begin, false)].map { program, atReturn in
          Probe(
            program, place(index), label: names[index], atReturn: atReturn,
            cookie: KernelFeatures.hasCookies && names.count > 1 ? UInt64(index) : 0)
        }
      }
    }
    // Each probe takes some.
    DescriptorLimit.raise()
    guard isKernel else {
      return [HookPlan(.uprobe, probes: probes { places[$0] }, readsTypes: false)]
    }
    let byKprobe = HookPlan(
      .kprobe, probes: probes { .kernel(function: names[$0]) }, readsTypes: false)
    guard names.count == 1, let name = names.first else { return [byKprobe] }
    let typed = [typedEnd, typedBegin].map {
      Probe($0, .typed(function: name), label: name)
    }
    return [HookPlan(.fentry, probes: typed), byKprobe]
  }
}
