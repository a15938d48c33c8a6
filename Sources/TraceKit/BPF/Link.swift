import CLibbpf

/// An attached program. It is detached when the link is released.
@safe public final class Link {
  public let program: String
  /// The program, and the tracepoint where that is not in its section.
  public let hook: String
  private let pointer: OpaquePointer
  private let object: LoadedObject

  init(adopting pointer: OpaquePointer, of object: LoadedObject, program: String, hook: String) {
    unsafe self.pointer = pointer
    self.object = object
    self.program = program
    self.hook = hook
  }

  deinit {
    unsafe bpf_link__destroy(pointer)
  }
}
