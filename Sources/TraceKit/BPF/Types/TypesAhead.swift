import Glibc

/// The types for the object that a tool will open, made while the tool reads its command
/// line.
enum TypesAhead {
  nonisolated(unsafe) private static var errand: Errand?
  nonisolated(unsafe) private static var address: UnsafeRawPointer?
  nonisolated(unsafe) private static var descriptor: Int32?

  static func start(for image: ObjectImage) {
    unsafe address = unsafe image.bytes.baseAddress
    unsafe errand = Errand { unsafe descriptor = TrimmedTypes.makeFile(for: image) }
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

  private static func wait() { unsafe errand = nil }
}
