import Glibc

/// An open file, which is closed with the last reference to it.
final class OwnedDescriptor: Sendable {
  let number: Int32

  /// Nil for the result of an open that failed.
  init?(_ number: Int32) {
    guard number >= 0 else { return nil }
    self.number = number
  }

  deinit { close(number) }

  var status: stat? {
    var found = stat()
    return fstat(number, &found) == 0 ? found : nil
  }
}
