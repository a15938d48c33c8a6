import CLibbpf

/// An attached program. It is detached when the link goes.
@safe public final class Link {
  public let program: String
  private let pointer: OpaquePointer
  private let object: LoadedObject

  init(adopting pointer: OpaquePointer, of object: LoadedObject, program: String) {
    unsafe self.pointer = pointer
    self.object = object
    self.program = program
  }

  deinit {
    unsafe bpf_link__destroy(pointer)
  }
}
