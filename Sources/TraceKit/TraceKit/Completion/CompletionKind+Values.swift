extension CompletionKind {
  /// Values that are found when a shell asks.
  ///
  /// - Parameter find: gets the words before the one that is completed, without the
  ///   option itself and the tool's name.
  private static func found(
    _ form: CandidateForm = .single, _ find: @escaping @Sendable ([String]) -> [Candidate]
  ) -> CompletionKind {
    .custom { words, index, typed in
      let before = words.prefix(max(index - 1, 0)).dropFirst()
      return form.words(find(Array(before)).filter(\.isPlain), after: typed)
        .map { $0.line(for: CompletionShell.requesting) }
    }
  }

  /// A process by its number, with its name.
  public static var process: CompletionKind { found { _ in Candidate.processes } }
  static var processes: CompletionKind { found(.list) { _ in Candidate.processes } }
  static var thread: CompletionKind { found { _ in Candidate.threads } }
  static var command: CompletionKind { found { _ in Candidate.commands } }
  static var user: CompletionKind { found { _ in Candidate.users } }
  static var unit: CompletionKind { found { _ in Candidate.units } }
  static var container: CompletionKind { found { _ in Candidate.containers } }
  public static var networkNamespace: CompletionKind { found { _ in Candidate.networkNamespaces } }
  /// A network interface of this namespace.
  public static var interface: CompletionKind {
    found { _ in File.names(in: "/sys/class/net").sorted().map { Candidate($0) } }
  }
  /// Why the running kernel drops packets.
  public static var dropReason: CompletionKind {
    found { _ in DropReasons().names.map { Candidate($0) } }
  }
  /// The name of what a tool has left in the kernel.
  static var pin: CompletionKind {
    found { _ in PinDirectory.all().map { Candidate($0.name) } }
  }
  /// A disk by its name.
  public static var disk: CompletionKind { found { _ in Candidate.disks } }
  /// A CPU that is online now.
  public static var cpu: CompletionKind {
    found { _ in Sampling.onlineCPUs.map { Candidate("\($0)") } }
  }
  /// A system call of this machine.
  public static var systemCall: CompletionKind {
    found { _ in SystemCalls.all.map { Candidate($0.name) } }
  }
  /// Capabilities, as a list.
  public static var capabilities: CompletionKind {
    found(.list) { _ in CapabilityNames.all.map { Candidate($0) } }
  }
  /// Signals, as a list.
  public static var signals: CompletionKind {
    found(.list) { _ in SignalNames.all.map { Candidate($0) } }
  }

  /// The columns of the tool, which its options may change.
  static var columns: CompletionKind {
    found(.changes) { Inquiry.ask(.columns, of: $0).map { Candidate($0) } }
  }

  /// The plans of the tool; no option is looked at, since some name files to write.
  static var hooks: CompletionKind {
    found { _ in
      let plans = Inquiry.ask(.hooks, of: [])
      return (plans.isEmpty ? HookChoice.allValueStrings : plans).map { Candidate($0) }
    }
  }
}
