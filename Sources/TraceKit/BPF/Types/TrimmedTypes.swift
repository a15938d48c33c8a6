/// The kernel's types cut down to what one object asks for, for libbpf to relocate
/// the object against: the same answers from some kilobytes instead of megabytes.
///
/// A type keeps its kind, its size and the members that the object names, with
/// their offsets. What a pointer points to is not kept: libbpf relocates each step
/// of a path by itself and compares no further.
struct TrimmedTypes {
  private let kernel: KernelTypeTable
  private let object: ObjectTypes
  private var writer = BTFWriter()
  private var written: [UInt32: UInt32] = [:]
  private var stubs: [UInt32: UInt32] = [:]

  private static let kinds: Set<BTFReader.Kind> = [
    .structure, .union, .enumeration, .wideEnumeration, .typedef,
  ]

  /// A descriptor of the types for an object; nil where they cannot be made, so that
  /// libbpf has to read the kernel's own. What the object attaches to is looked up on
  /// the same way through the kernel's types.
  static func makeFile(for image: ObjectImage) -> Int32? {
    guard let object = ObjectTypes(image), let kernel = KernelTypeTable.current() else {
      return nil
    }
    let targets = AttachTargets.names(of: unsafe ELFSection.names(in: image.bytes))
    let found = kernel.find(
      Set(object.wanted.keys).union(targets).union(KernelCasts.names),
      kinds: kinds.union(AttachTargets.kinds))
    AttachTargets.remember(found, of: targets)
    var trimmed = TrimmedTypes(kernel: kernel, object: object)
    for (name, id) in found where KernelCasts.names.contains(name) {
      guard let kind = kernel.header(of: id)?.kind else { continue }
      KernelCasts.remember(name, id, kind: kind)
    }
    for (name, id) in found where object.wanted[name] != nil {
      guard let kind = kernel.header(of: id)?.kind, kinds.contains(kind) else { continue }
      // A typedef is asked for by its whole type: the shape of a tracepoint.
      if kind == .typedef {
        guard name.hasPrefix("btf_trace_") else { continue }
        _ = trimmed.writeShape(id)
      } else {
        _ = trimmed.write(id, parts: [])
      }
    }
    return trimmed.writer.makeFile()
  }

  private init(kernel: KernelTypeTable, object: ObjectTypes) {
    self.kernel = kernel
    self.object = object
  }

  /// Writes a type as the type of a member.
  ///
  /// - Parameters:
  ///   - parts: the names to keep in a type that has no name itself.
  ///   - joins: whether the member has no name, so that the type's members count as
  ///     those of the type around it, whatever its own name.
  private mutating func write(_ id: UInt32, parts: Set<String>, joins: Bool = false) -> UInt32 {
    guard let id = withoutModifiers(id), let header = kernel.header(of: id) else { return 0 }
    // What has no name, or joins another, is kept differently in each place.
    let isShared = header.nameOffset != 0 && !joins
    if isShared, let known = written[id] { return known }
    let new: UInt32
    switch header.kind {
    case .pointer: new = writer.add(name: "", info: header.info, sizeOrType: 0)
    case .array: new = writeArray(id, parts)
    case .structure, .union: new = writeComposite(id, header, parts, joins: joins)
    case .enumeration, .wideEnumeration: new = writeEnumeration(id, header)
    case .integer:
      new = writer.add(
        name: kernel.types.name(at: header.nameOffset), info: header.info,
        sizeOrType: header.sizeOrType, tail: tail(of: id, words: 1))
    case .float:
      new = writer.add(
        name: kernel.types.name(at: header.nameOffset), info: header.info,
        sizeOrType: header.sizeOrType)
    default: return 0
    }
    if isShared { written[id] = new }
    return new
  }

  private mutating func writeArray(_ id: UInt32, _ parts: Set<String>) -> UInt32 {
    let words = tail(of: id, words: 3)
    let element = write(words[0], parts: parts)
    let index = write(words[1], parts: [])
    return writer.add(
      name: "", info: BTFReader.Kind.array.rawValue << 24, sizeOrType: 0,
      tail: [element, index, words[2]])
  }

  private mutating func writeComposite(
    _ id: UInt32, _ header: BTFReader.TypeHeader, _ parts: Set<String>, joins: Bool
  ) -> UInt32 {
    let name = kernel.types.name(at: header.nameOffset)
    var kept = name.isEmpty ? parts : object.wanted[name] ?? []
    if joins { kept.formUnion(parts) }
    var members: [UInt32] = []
    let words = tail(of: id, words: 3 * header.count)
    for index in 0..<header.count {
      let member = kernel.types.name(at: words[3 * index])
      // The members of a member without a name count as the type's own: 7.2 has such
      // a member in struct filename, of a type with a name.
      guard member.isEmpty || kept.contains(member) else { continue }
      let type = write(words[3 * index + 1], parts: kept, joins: member.isEmpty)
      guard type != 0 else { continue }
      members += [writer.offset(of: member), type, words[3 * index + 2]]
    }
    let info = header.info & ~0xffff | UInt32(members.count / 3)
    return writer.add(name: name, info: info, sizeOrType: header.sizeOrType, tail: members)
  }

  private mutating func writeEnumeration(
    _ id: UInt32, _ header: BTFReader.TypeHeader
  ) -> UInt32 {
    let name = kernel.types.name(at: header.nameOffset)
    let kept = object.wanted[name] ?? []
    let size = header.kind == .enumeration ? 2 : 3
    let words = tail(of: id, words: size * header.count)
    var values: [UInt32] = []
    for index in 0..<header.count {
      let value = kernel.types.name(at: words[size * index])
      guard kept.contains(value) else { continue }
      values.append(writer.offset(of: value))
      values += words[size * index + 1..<size * (index + 1)]
    }
    let info = header.info & ~0xffff | UInt32(values.count / size)
    return writer.add(name: name, info: info, sizeOrType: header.sizeOrType, tail: values)
  }

  /// Writes a type whose shape is compared as a whole: through pointers and
  /// parameters down to the kind of each type.
  private mutating func writeShape(_ id: UInt32) -> UInt32 {
    guard let header = kernel.header(of: id), let kind = header.kind else { return 0 }
    if let known = stubs[id] { return known }
    let name = kernel.types.name(at: header.nameOffset)
    let new: UInt32
    switch kind {
    case .typedef, .pointer, .const, .volatile, .restrict, .typeTag:
      let target = writeShape(header.sizeOrType)
      new = writer.add(name: name, info: header.info, sizeOrType: target)
    case .prototype:
      let words = tail(of: id, words: 2 * header.count)
      let result = writeShape(header.sizeOrType)
      var parameters: [UInt32] = []
      for index in 0..<header.count {
        parameters += [0, writeShape(words[2 * index + 1])]
      }
      new = writer.add(name: "", info: header.info, sizeOrType: result, tail: parameters)
    case .integer: new = write(id, parts: [])
    case .array: new = write(id, parts: [])
    default:
      let info = header.info & ~0xffff
      new = writer.add(name: name, info: info, sizeOrType: header.sizeOrType)
    }
    stubs[id] = new
    return new
  }

  private func withoutModifiers(_ id: UInt32) -> UInt32? {
    var id = id
    for _ in 0..<32 {
      guard let header = kernel.header(of: id) else { return nil }
      switch header.kind {
      case .typedef, .const, .volatile, .restrict, .typeTag: id = header.sizeOrType
      default: return id
      }
    }
    return nil
  }

  private func tail(of id: UInt32, words: Int) -> [UInt32] {
    guard let offset = kernel.offset(of: id) else { return [] }
    return (0..<words).map { kernel.types.word(at: offset + 12 + 4 * $0) }
  }
}
