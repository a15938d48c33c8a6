/// Functions of programs and libraries that a tool probes in every file that has them.
public struct LibraryFunctions: Sendable {
  /// The names that are looked for: of functions to probe, and of those by which a file is
  /// known.
  let names: Set<String>
  /// USDT probes that are looked for, by provider and name.
  let notes: Set<String>
  /// All programs that may be attached.
  let programs: Set<String>
  /// What the programs read of the USDT probes; nil: nothing.
  let arguments: (any NoteArguments)?
  let choose: @Sendable (borrowing FoundFunctions) -> [FoundFunctions.Hook]

  /// - Parameter choose: the hooks of a file that has some of them.
  public init(
    _ names: Set<String>, notes: Set<String> = [], programs: Set<String>,
    arguments: (any NoteArguments)? = nil,
    choose: @escaping @Sendable (borrowing FoundFunctions) -> [FoundFunctions.Hook]
  ) {
    self.names = names
    self.notes = notes
    self.programs = programs
    self.arguments = arguments
    self.choose = choose
  }

  /// The probes of a file.
  ///
  /// - Parameter process: probe this process only; nil: all that have it mapped.
  func probes(in file: OpenCodeFile, only process: UInt32?) -> [Probe] {
    let found = FoundFunctions(file), hooks = choose(found)
    // It would crash a program whose stacks move.
    if file.symbols.isGo, hooks.contains(where: \.atReturn) { return [] }
    return hooks.flatMap { hook in
      if hook.isNote { return noteProbes(hook, in: file, found, only: process) }
      return file.symbols.functions.filter { $0.name == hook.function }.map { function in
        Probe(
          hook.program, .file(file.probed, offset: function.offset, process: process),
          label: "\(found.basename):\(function.name)", atReturn: hook.atReturn)
      }
    }
  }
}

extension LibraryFunctions {
  /// - Parameter process: the kernel counts a semaphore up for this process only, or for all.
  private func noteProbes(
    _ hook: FoundFunctions.Hook, in file: OpenCodeFile, _ found: FoundFunctions,
    only process: UInt32?
  ) -> [Probe] {
    file.notes.filter { $0.fullName == hook.function }.compactMap { note in
      var cookie: UInt64 = 0
      if hook.readsArgument, let arguments {
        guard let index = arguments.index(of: note, for: hook.program) else { return nil }
        cookie = index
      }
      return Probe(
        hook.program,
        .file(file.probed, offset: note.offset, process: process, semaphore: note.semaphore),
        label: "\(found.basename):\(note.fullName)",
        cookie: KernelFeatures.hasCookies ? cookie : 0)
    }
  }
}

/// Which of the functions that are looked for a file has.
public struct FoundFunctions {
  /// A program that is to run at a function.
  public struct Hook: Sendable {
    let program: String
    let function: String
    let atReturn: Bool
    /// The function is a USDT probe.
    let isNote: Bool
    /// The program finds out where an argument is.
    let readsArgument: Bool

    public init(_ program: String, at function: String, atReturn: Bool = false) {
      self.program = program
      self.function = function
      self.atReturn = atReturn
      isNote = false
      readsArgument = false
    }

    /// - Parameters:
    ///   - note: a USDT probe, by provider and name.
    ///   - readsArgument: whether the program reads an argument of it.
    public init(_ program: String, atNote note: String, readsArgument: Bool = false) {
      self.readsArgument = readsArgument
      self.program = program
      function = note
      atReturn = false
      isNote = true
    }
  }

  /// The name of the file without folders.
  public let basename: String
  public let names: Set<String>
  public let notes: Set<String>

  init(_ file: OpenCodeFile) {
    basename = String(file.name.split(separator: "/").last ?? "")
    names = Set(file.symbols.functions.map(\.name))
    notes = Set(file.notes.map(\.fullName))
  }

  /// Whether it is a C library, or a program that contains one.
  public var isCLibrary: Bool {
    CLibraries.isCLibrary(basename) || names.contains(Self.start)
  }

  /// What is looked for to probe the creation of threads.
  public static let threadCreation: Set = ["pthread_create", start]

  /// The hook at the function of the C library that creates threads. Others that have it, such
  /// as sanitizers, call that one. That of glibc before 2.34 had a file of its own.
  public func threadCreation(_ program: String) -> [Hook] {
    guard isCLibrary || basename.hasPrefix("libpthread") else { return [] }
    return [Hook(program, at: "pthread_create")]
  }

  /// The function with which a C library starts a program; look for it to know them.
  public static let start = "__libc_start_main"
}

extension HookPlan {
  /// Probes at functions in the files that processes have mapped, and in those that they
  /// map later.
  ///
  /// - Parameters:
  ///   - functions: those that are looked for.
  ///   - files: more files, by their paths, with the functions that are probed there.
  ///   - option: with which the user names them.
  ///   - searches: whether other files than these are probed.
  /// - Throws: ``ToolError`` where a process or a file is missing, or a file has none of
  ///   the functions.
  public static func libraries<Letters>(
    _ functions: LibraryFunctions,
    and files: [(path: String, functions: LibraryFunctions)] = [], named option: String = "",
    searches: Bool = true,
    tool: String, filter: FilterOptions<Letters>, run: RunOptions<Letters>
  ) throws -> HookPlan {
    let command = run.commandLine
    // Each probe takes some.
    DescriptorLimit.raise()
    let only = filter.onlyProcess(command: command)
    var probes: [Probe] = []
    for (path, functions) in files {
      let own = OpenCodeFile.open([.at(path)], named: functions.names, notes: functions.notes)
        .flatMap {
          functions.probes(in: $0, only: only)
        }
      guard !own.isEmpty else {
        throw ToolError(
          .usage, "\(option): '\(path)' has none of the functions or probes that are traced")
      }
      probes += own
    }
    guard searches else { return HookPlan(.uprobe, probes: probes, readsTypes: false) }
    let isOfFew = filter.pid != nil && !filter.follow && command == nil && !filter.hostPids
    let watch = LibraryWatch(
      functions, of: isOfFew ? filter.pid ?? [] : [], only: only, tool: tool,
      isVerbose: run.verbose > 0)
    watch.know(files.map(\.path))
    probes += try watch.probesOfToday()
    let isIncomplete = !KernelFeatures.hasCookies && functions.arguments?.isIncomplete == true
    let plan = HookPlan(.uprobe, probes: probes, readsTypes: false).adding(watch).unless {
      isIncomplete
        ? Obstacle("the kernel cannot say which of several places at once it is (from 5.15)") : nil
    }
    guard probes.isEmpty else { return plan }
    return plan.withCaveat(
      "no program or library in use has what is traced; the first that is mapped will be")
  }
}
