import Glibc

/// The values of enumerations of the running kernel, by their names in its types: numbers
/// of some change from release to release.
public struct KernelEnumeration: Sendable {
  public let namesByValue: [Int64: String]
  /// What it is in a recording; empty: a recording has its names.
  private var title: [UInt8] = []

  /// No value has a name.
  public static let unknown = KernelEnumeration([])

  init(_ values: [(name: String, value: Int64)]) {
    // Of several names of a value the first is the one that is meant for it.
    namesByValue = Dictionary(values.map { ($0.value, $0.name) }) { first, _ in first }
  }

  public init(namesByValue: [Int64: String]) {
    self.namesByValue = namesByValue
  }

  /// The name of a value; nil where the kernel has none.
  public func name(of value: Int64) -> String? {
    guard Lookup.desk != nil, !title.isEmpty else { return namesByValue[value] }
    let name = Lookup.bytes("enumeration", title + Lookup.encode(value)) {
      namesByValue[value].map { Array($0.utf8) }
    }
    return name.map { String(decoding: $0, as: UTF8.self) }
  }

  public var isEmpty: Bool { namesByValue.isEmpty }

  public var names: some Collection<String> { namesByValue.values }

  /// A value whose name is wanted.
  public func value(where isWanted: (String) -> Bool) -> Int64? {
    namesByValue.first { isWanted($0.value) }?.key
  }

  /// The enumerations of these names that the kernel itself has, in one.
  ///
  /// - Parameter file: a BTF file in place of the kernel's own.
  public init(_ enumerations: Set<String>, file: String? = nil) {
    defer { title = Array(enumerations.sorted().joined(separator: " ").utf8) }
    guard !Lookup.isReplay, let table = KernelTypeTable(path: file ?? KernelFeatures.typesPath)
    else {
      self.init([])
      return
    }
    var values: [(name: String, value: Int64)] = []
    for (_, id) in table.find(enumerations, kinds: [.enumeration, .wideEnumeration]) {
      guard let offset = table.offset(of: id) else { continue }
      values += table.types.values(at: offset)
    }
    self.init(values)
  }

  /// The enumerations of loaded modules whose names end so.
  ///
  /// - Parameter suffix: of the name of an enumeration.
  public init(ofModules suffix: String) {
    defer { title = Array("*\(suffix)".utf8) }
    guard !Lookup.isReplay, let kernel = KernelTypeTable(path: KernelFeatures.typesPath) else {
      self.init([])
      return
    }
    var values: [(name: String, value: Int64)] = []
    ModuleTypes.forEach(after: kernel) { _, types in
      values += types.enumerations { $0.hasSuffix(suffix) }
    }
    self.init(values)
  }
}

extension BTFReader {
  /// The values of an enumeration, with their names.
  func values(at offset: Int) -> [(name: String, value: Int64)] {
    guard isWhole(at: offset) else { return [] }
    let header = header(at: offset)
    let isSigned = header.info >> 31 != 0
    return (0..<header.count).map { index in
      switch header.kind {
      case .wideEnumeration:
        let place = offset + 12 + index * 12
        let value = UInt64(word(at: place + 4)) | UInt64(word(at: place + 8)) << 32
        return (name(at: word(at: place)), Int64(bitPattern: value))
      default:
        let place = offset + 12 + index * 8
        let value = word(at: place + 4)
        return (
          name(at: word(at: place)), isSigned ? Int64(Int32(bitPattern: value)) : Int64(value)
        )
      }
    }
  }

  /// The values of all enumerations whose names are wanted.
  func enumerations(where isWanted: (String) -> Bool) -> [(name: String, value: Int64)] {
    var offsets: [Int] = []
    _ = forEachType { _, offset, header in
      guard header.kind == .enumeration || header.kind == .wideEnumeration else { return }
      if isWanted(name(at: header.nameOffset)) { offsets.append(offset) }
    }
    return offsets.flatMap(values(at:))
  }
}
