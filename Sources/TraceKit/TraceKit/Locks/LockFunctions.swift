import BPF

/// The functions by which locks are acquired and released.
enum LockFunctions {
  @Sendable static func room(_ text: String) throws -> Int {
    try Parse.integer(text, "a number", in: 1...1_048_576)
  }

  @Sendable static func names(_ text: String) throws -> [String] {
    let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard !names.contains(where: \.isEmpty) else {
      throw ValidationError("a name of a function is missing")
    }
    return names
  }

  /// Programs, and the functions of the C library for which they are.
  private static let released = ["pthread_mutex_unlock", "pthread_rwlock_unlock"]
  private static let renewed = [
    "pthread_mutex_init", "pthread_mutex_destroy", "pthread_rwlock_init",
    "pthread_rwlock_destroy",
  ]
  private static let begun = [
    "pthread_mutex_lock": "mutex_lock", "pthread_rwlock_wrlock": "write_lock",
    "pthread_rwlock_rdlock": "read_lock",
  ]
  private static let tried = [
    "pthread_mutex_trylock": "mutex_try", "pthread_rwlock_trywrlock": "write_try",
    "pthread_rwlock_tryrdlock": "read_try", "pthread_mutex_timedlock": "mutex_timed",
    "pthread_mutex_clocklock": "mutex_timed", "pthread_rwlock_timedwrlock": "write_timed",
    "pthread_rwlock_clockwrlock": "write_timed", "pthread_rwlock_timedrdlock": "read_timed",
    "pthread_rwlock_clockrdlock": "read_timed",
  ]

  /// What releases locks comes first, or one would seem to be held that was acquired before
  /// that was attached.
  static func probes(
    locking: [String]?, unlocking: [String]?, in binary: String?,
    _ filter: FilterOptions<some OptionLetters>, command: [String]?, isTried: Bool
  ) throws -> [Probe] {
    func files(having function: String, in file: String?) throws -> Allocators {
      try Allocators(
        having: function, in: file, of: filter.searchedProcesses(isTried: isTried),
        program: command?.first,
        only: filter.onlyProcess(command: command, isTried: isTried))
    }
    func probe(_ program: String, _ place: Probe.Place, _ label: String) -> Probe {
      Probe(program, place, label: label)
    }
    let creations = try? files(having: "pthread_create", in: nil).probes(at: ["pthread_create"]) {
      [probe("thread_created", $1, $2)]
    }
    let locks = try files(having: locking?.first ?? "pthread_mutex_lock", in: binary)
    let functions =
      unlocking.map { $0 + (locking ?? []) }
      ?? released + renewed + begun.keys.sorted() + tried.keys.sorted()
    let probes =
      (creations ?? [])
      + locks.probes(at: functions) { function, place, label in
        if let unlocking {
          return [
            probe(unlocking.contains(function) ? "lock_released" : "mutex_lock", place, label)
          ]
        }
        if released.contains(function) { return [probe("lock_released", place, label)] }
        if renewed.contains(function) { return [probe("lock_renewed", place, label)] }
        guard let program = tried[function] else {
          return [probe(begun[function] ?? "mutex_lock", place, label)]
        }
        let end = Probe("try_ends", place, label: label, atReturn: true)
        return [end, probe(program, place, label)]
      }
    // Of glibc before 2.34, whose C library calls the same functions of its library of threads.
    let hasOwn = probes.contains { $0.label.contains("/libpthread") }
    return probes.filter {
      !hasOwn || !$0.label.contains("/libc.so") && !$0.label.contains("/libc-2")
    }
  }
}
