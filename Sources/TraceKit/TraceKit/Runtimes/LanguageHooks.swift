public import Wire

/// The programs of a tool at the probes of languages.
///
/// An activity has a program for each kind of its probes, with the kind after its name:
/// `method_begins_0`. Its position among the tool's activities is that of its programs among
/// the places that they read (`lib/language.bpf.h`).
public struct LanguageHooks: Sendable {
  public typealias Program = (activity: LanguageActivity, name: String)

  private let probes: [(probe: LanguageProbe, program: String)]
  private let places: LanguagePlaces

  public init(_ languages: [Language], programs: [Program]) {
    var probes: [(probe: LanguageProbe, program: String)] = []
    var slots: [String: LanguagePlaces.Slot] = [:]
    for (position, own) in programs.enumerated() {
      for language in languages {
        for (kind, probe) in language.probes(own.activity).enumerated() {
          let program = "\(own.name)_\(kind)"
          probes.append((probe, program))
          slots["\(probe.fullName) \(program)"] = .init(
            probe: probe, number: position * Int(LANGUAGE_KINDS) + kind, kind: UInt32(kind))
        }
      }
    }
    self.probes = probes
    places = LanguagePlaces(slots)
  }

  /// The names of its probes, by provider and name.
  public var notes: Set<String> { Set(probes.map(\.probe.fullName)) }

  var activities: Set<LanguageActivity> { Set(probes.map(\.probe.activity)) }

  /// What is looked for in files.
  ///
  /// - Parameters:
  ///   - names: functions that are looked for beside the probes.
  ///   - programs: those at the functions.
  ///   - others: the hooks at the functions.
  public func functions(
    and names: Set<String> = [], programs: Set<String> = [],
    _ others: @escaping @Sendable (borrowing FoundFunctions) -> [FoundFunctions.Hook] = { _ in [] }
  ) -> LibraryFunctions {
    let probes = probes
    return LibraryFunctions(
      names, notes: notes, programs: programs.union(probes.map(\.program)), arguments: places
    ) { file in
      var hooks = others(file)
      for (probe, program) in probes where file.notes.contains(probe.fullName) {
        hooks.append(.init(program, atNote: probe.fullName, readsArgument: true))
      }
      return hooks
    }
  }
}

/// Where the arguments of languages' probes are, at each place that programs are attached to:
/// the map `language_places`. Where the kernel has no cookies, each program knows one place.
final class LanguagePlaces: NoteArguments, @unchecked Sendable {
  struct Slot {
    let probe: LanguageProbe
    let number: Int
    let kind: UInt32
  }

  private struct Layout: Hashable {
    let slot: Int
    let language: Language
    let arguments: String
  }

  /// By probe and program.
  private let slots: [String: Slot]
  private var known: [Layout: Int] = [:]
  private var taken: Set<Int> = []
  private var unwritten: [(index: Int, place: language_place)] = []
  private(set) var isIncomplete = false

  init(_ slots: [String: Slot]) {
    self.slots = slots
  }

  /// The first free index after those of the programs.
  private var next: Int {
    let first = (slots.values.map(\.number).max() ?? 0) + 1
    return (first..<Int(LANGUAGE_PLACES)).first { !taken.contains($0) } ?? Int(LANGUAGE_PLACES)
  }

  func index(of note: USDTProbe, for program: String) -> UInt64? {
    guard let slot = slots["\(note.fullName) \(program)"] else { return nil }
    let layout = Layout(
      slot: slot.number, language: slot.probe.language, arguments: note.arguments)
    if let index = known[layout] { return UInt64(index) }
    let index = taken.contains(slot.number) ? next : slot.number
    let isNumber = index == slot.number
    guard index < Int(LANGUAGE_PLACES), isNumber || KernelFeatures.hasCookies else {
      isIncomplete = true
      return nil
    }
    known[layout] = index
    taken.insert(index)
    unwritten.append((index, slot.place(note)))
    return UInt64(index)
  }

  func write(to object: LoadedObject) {
    guard let map = try? HashMap<UInt32, language_place>("language_places", in: object) else {
      return
    }
    for (index, place) in unwritten { try? map.set(place, for: UInt32(index)) }
    unwritten = []
  }
}

extension LanguagePlaces.Slot {
  fileprivate func place(_ note: USDTProbe) -> language_place {
    let all = USDTArgument.all(in: note.arguments)
    func argument(_ number: Int?) -> usdt_argument {
      guard let number, all.indices.contains(number), let found = all[number] else {
        return usdt_argument()
      }
      return found.wire
    }
    func text(_ index: Int) -> language_text {
      guard probe.texts.indices.contains(index), let text = probe.texts[index] else {
        return language_text()
      }
      switch text {
      case .ended(let address):
        return language_text(address: argument(address), size: usdt_argument())
      case .sized(let address, let size):
        return language_text(address: argument(address), size: argument(size))
      }
    }
    func number(_ index: Int) -> usdt_argument {
      let found = argument(probe.numbers.indices.contains(index) ? probe.numbers[index] : nil)
      return Int(found.size) < probe.numberSize ? usdt_argument() : found
    }
    var place = language_place()
    place.texts = (text(0), text(1))
    place.numbers = (number(0), number(1))
    place.kind = kind
    place.language = UInt32(Language.allCases.firstIndex(of: probe.language) ?? 0)
    return place
  }
}

extension Language {
  /// The language that a program wrote into an event.
  public init?(number: UInt32) {
    guard Self.allCases.indices.contains(Int(clamping: number)) else { return nil }
    self = Self.allCases[Int(number)]
  }
}

extension language_config {
  public static var current: language_config {
    language_config(has_cookies: KernelFeatures.hasCookies ? 1 : 0, padding: 0)
  }
}
