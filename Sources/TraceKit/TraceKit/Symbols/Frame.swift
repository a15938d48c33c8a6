/// A place in code, as a person reads it.
public struct Frame: Hashable, Sendable {
  /// The function; the module with an offset where there is no symbol; else the
  /// address.
  public let name: String
  public let address: UInt64
  public let isKernel: Bool
  /// In its function; nil where it is not known.
  public let offset: UInt64?
  /// Nil where it is not known, or was not asked for.
  public let place: SourcePlace?
  /// It has no frame of its own in the stack.
  public let isInlined: Bool

  public init(
    name: String, address: UInt64, isKernel: Bool, offset: UInt64? = nil,
    place: SourcePlace? = nil, isInlined: Bool = false
  ) {
    self.offset = offset
    self.place = place
    self.isInlined = isInlined
    self.name = name
    self.address = address
    self.isKernel = isKernel
  }
}

extension Frame {
  /// The name, with a mark where it is inlined, and the place in the source.
  var text: String { name + suffix }

  /// What follows the name.
  var suffix: String {
    (isInlined ? " [inlined]" : "") + (place.map { " (\($0.text))" } ?? "")
  }
}

/// The address space that frames of user space belong to.
public struct AddressSpace: Hashable, Sendable {
  /// As proc numbers it; 0: it is not there.
  public let pid: UInt32
  /// Another one after exec, and for another process with that number.
  public let generation: UInt64

  public init(pid: UInt32, generation: UInt64) {
    self.pid = pid
    self.generation = generation
  }
}
