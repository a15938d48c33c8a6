import Glibc

/// The types for the object that a tool will open, made while the tool reads its command
/// line.
enum TypesAhead {
  nonisolated(unsafe) private static var errand: Errand?
  nonisolated(unsafe) private static var address: UnsafeRawPointer?
  nonisolated(unsafe) private static var descriptor: Int32?

  /// The work of preparing them, and what makes it known under its errand.
  static func prepare(for image: ObjectImage) -> (work: () -> Void, known: (Errand) -> Void) {
    unsafe address = unsafe image.bytes.baseAddress
    return (
      { unsafe descriptor = TrimmedTypes.makeFile(for: image) },
      { unsafe errand = $0 }
    )
  }

  /// The types for an object, whose descriptor is the caller's; nil where they cannot be
  /// made.
  static func file(for image: ObjectImage) -> Int32? {
    wait()
    guard let made = unsafe descriptor, unsafe image.bytes.baseAddress == address else {
      return TrimmedTypes.makeFile(for: image)
    }
    unsafe descriptor = nil
    return made
  }

  /// Gives up what nobody took.
  static func end() {
    wait()
    if let made = unsafe descriptor { close(made) }
    unsafe descriptor = nil
  }

  static func wait() {
    unsafe errand?.wait()
    unsafe errand = nil
  }
}
