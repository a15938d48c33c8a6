import CLinux

/// Two sets of maps, of which the programs write one while the other is read.
struct AlternateSets {
  private let written: SharedVariable<UInt32>

  /// - Parameter variable: the number of the set that the programs write.
  init(_ variable: String, in object: LoadedObject) throws(BPFError) {
    written = try object.variable(variable, as: UInt32.self)
  }

  /// Turns the programs to the other set.
  ///
  /// - Parameter isOpen: whether they still run.
  /// - Returns: the set that nobody writes any more.
  func turn(whileOpen isOpen: Bool) -> UInt32 {
    let full = written.value & 1
    written.value = 1 - full
    // A program that began before may still write the set that is to be read.
    if isOpen { linux_wait_for_programs() }
    return full
  }
}
