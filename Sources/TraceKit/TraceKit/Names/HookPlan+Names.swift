extension HookPlan {
  /// What changes the names of files, by the programs of `lib/names.bpf.h` and of
  /// `lib/name_calls.bpf.h`.
  ///
  /// - Parameters:
  ///   - fullPaths: the functions of the kernel do not know the mounts that a path goes
  ///     through, so there are the system calls only.
  ///   - functions: more programs at functions.
  ///   - calls: more system calls.
  ///   - needsTypes: whether the programs at system calls read kernel types.
  public static func nameChanges(
    fullPaths: Bool, functions: [String] = [], calls: [String] = [], needsTypes: Bool = false
  ) -> [HookPlan] {
    let changers = ["vfs_unlink", "vfs_rmdir", "vfs_rename"]
    let changes = changers.flatMap { ["\($0)_entry", "\($0)_exit"] }
    let names = ["unlinkat", "unlink", "rmdir", "renameat2", "renameat", "rename"]
    let byFunctions =
      fullPaths
      ? []
      : [
        HookPlan(.fentry, changes + functions).unless {
          KernelFeatures.areSplit(changers)
            ? Obstacle("the compiler of this kernel has split its functions") : nil
        }
      ]
    return byFunctions
      + systemCallExits(of: names + calls, needsTypes: fullPaths || needsTypes)
  }
}
