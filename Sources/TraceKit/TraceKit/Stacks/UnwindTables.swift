import BPF
import Glibc
import Wire

/// What the programs follow user stacks by where code has no frame pointers
/// (`lib/unwind.bpf.h`): the rows of each file once, and for each process where it has
/// mapped which file.
final class UnwindTables {
  private let rows: SharedArray<unwind_row>
  private let ranges: SharedArray<unwind_range>
  private let spaces: HashMap<stack_owner, unwind_space>
  private let symbols: Symbolizer
  private var rowsUsed = 0
  private var rangesUsed = 0
  private var isFull = false
  private var isPrepared = false
  private var tables: [ObjectIdentifier: Table] = [:]
  /// By a hash of their rows: of a file that several users have mapped, or of copies.
  private var equals: [Int: [Table]] = [:]
  private var known: [AddressSpace: Known] = [:]
  /// Those by which the programs find processes that were not reported yet, each made of
  /// what one process has mapped.
  private var images: [UInt64: (pid: UInt32, known: Known)] = [:]

  /// The rows of a file in the map.
  private struct Table {
    let base: UInt64
    let first: Int
    let count: Int

    var place: UInt64 { UInt64(count) << 32 | UInt64(first) }
  }

  /// An address space that the programs can follow stacks in.
  private struct Known {
    /// Its ranges, which several may share.
    let first: Int
    let places: [CodePlace]
    /// By which processes that it forks off are known, until they are reported.
    let image: stack_owner
  }

  private typealias CodePlace = (mapping: Mapping, file: MappedFile)

  /// What call frame information is read of as soon as a process has it mapped that nobody
  /// asked for. A larger one is read when a stack needs it: compilers and browsers have
  /// hundreds of megabytes of code, and whoever has them mapped need not be who is traced.
  private static let small = 512 * 1024
  /// What one object has of another that takes stacks for the same reader.
  static let maps = ["unwind_rows", "unwind_ranges", "unwind_spaces"]
  static let rangesRoom = 1 << 16
  static let spacesRoom = 1 << 14

  /// Nil where the tool was told to do without.
  ///
  /// - Parameter earlier: what another object of the same tool had, which did not work out.
  init?(
    _ object: LoadedObject, symbols: Symbolizer, after earlier: UnwindTables?
  ) throws(BPFError) {
    rows = try SharedArray("unwind_rows", in: object)
    ranges = try SharedArray("unwind_ranges", in: object)
    spaces = try HashMap("unwind_spaces", in: object)
    self.symbols = symbols
    guard rows.count > 1 else { return nil }
    if let earlier, earlier.rows.count == rows.count { take(earlier) }
  }

  private func take(_ earlier: UnwindTables) {
    (rowsUsed, rangesUsed) = (earlier.rowsUsed, earlier.rangesUsed)
    (isFull, isPrepared) = (earlier.isFull, earlier.isPrepared)
    (tables, equals) = (earlier.tables, earlier.equals)
    (known, images) = (earlier.known, earlier.images)
    for row in 0..<rowsUsed { rows[row] = earlier.rows[row] }
    for range in 0..<rangesUsed { ranges[range] = earlier.ranges[range] }
    for (_, known) in images.values { tell(known, to: known.image) }
  }

  private func tell(_ known: Known, to owner: stack_owner) {
    let value = unwind_space(
      first: UInt32(known.first), count: UInt32(known.places.count), outside: 0, padding: 0)
    // With too many processes those that come last are followed by frame pointers.
    try? spaces.set(value, for: owner)
  }

  /// How long a tool may take to prepare for what runs already, in nanoseconds.
  private static let preparation: UInt64 = 300_000_000
  /// When it goes no further with those that have hardly used the CPUs, of which there may be
  /// thousands.
  private static let idlePreparation: UInt64 = 25_000_000

  /// Prepares for processes that are there, so that their first stacks are whole: those that
  /// are asked for, else as many as time allows.
  func prepare<Letters>(for filter: FilterOptions<Letters>) {
    guard !isPrepared else { return }
    isPrepared = true
    let (end, idleEnd) = (EventClock.now + Self.preparation, EventClock.now + Self.idlePreparation)
    let asked = filter.pid ?? filter.tid.flatMap { Processes.process(of: $0).map { [$0] } }
    if let asked {
      for pid in asked {
        if let image = Self.image(of: pid) { prepare(for: pid, image.generation, greatest: .max) }
      }
      return
    }
    let name = (filter.name ?? filter.comm).map { $0.hasSuffix("*") ? String($0.dropLast()) : $0 }
    for process in PresentProcess.all(named: name, until: end) {
      let isLikely = !process.isIdle || name != nil && process.isNamed
      if EventClock.now > (isLikely ? end : idleEnd) { return }
      prepare(for: process.pid, process.image, greatest: Self.small)
    }
  }

  private func prepare(for pid: UInt32, _ image: UInt64, greatest: Int) {
    _ = follow(
      AddressSpace(pid: pid, generation: image),
      stack_owner(generation: image, pid: 0, padding: 0), greatest: greatest)
  }

  /// What `unwind_space()` in `lib/unwind.bpf.h` makes of a process that was not reported.
  private static func image(of pid: UInt32) -> stack_owner? {
    guard let places = Processes.stat(of: pid, [26, 27, 28]), places[2] != 0 else { return nil }
    return stack_owner(
      generation: unwind_image(places[0], places[1], places[2]), pid: 0, padding: 0)
  }

  /// Looks at a process that the programs reported, and gives them what they need for it.
  ///
  /// - Returns: false where there was no room for its ranges, and now there is: the programs
  ///   know no process any more, and are to report all of them again.
  func follow(_ owner: stack_owner) -> Bool {
    follow(AddressSpace(owner), owner, greatest: Self.small)
  }

  private func follow(_ space: AddressSpace, _ owner: stack_owner, greatest: Int) -> Bool {
    symbols.look(at: space)
    let places = symbols.places(of: space).compactMap { mapping, file in
      file.flatMap { $0.isCode ? (mapping: mapping, file: $0) : nil }
    }
    guard !places.isEmpty else { return true }
    if let known = known[space], Self.isSame(known.places, places) {
      readWanted(known)
      return true
    }
    for place in places { read(place.file, greatest: greatest) }
    let image = Self.image(of: space.pid) ?? owner
    let model = images[image.generation]
    let alike = model.flatMap { Self.isSame($0.known.places, places) ? $0.known : nil }
    if alike == nil, rangesUsed + places.count > ranges.count {
      guard places.count <= ranges.count else { return true }
      forgetAll()
      return false
    }
    let known = alike ?? Known(first: rangesUsed, places: places, image: image)
    if alike == nil {
      for (index, place) in places.enumerated() { ranges[known.first + index] = range(of: place) }
      rangesUsed += places.count
    }
    self.known[space] = known
    tell(known, to: owner)
    if alike != nil {
      readWanted(known)
    } else if model == nil || model?.pid == space.pid {
      images[image.generation] = (space.pid, known)
      tell(known, to: image)
    }
    return true
  }

  private static func isSame(_ one: [CodePlace], _ other: [CodePlace]) -> Bool {
    one.elementsEqual(other) { $0.mapping == $1.mapping && $0.file === $1.file }
  }

  /// Forgets processes that are gone.
  func forgetGone() {
    let gone = known.filter { !symbols.knows($0.key) }
    guard !gone.isEmpty else { return }
    for (space, _) in gone {
      known[space] = nil
      spaces.remove(stack_owner(generation: space.generation, pid: space.pid, padding: 0))
    }
    // Others of the same image may be there still.
    let kept = Set(known.values.map(\.image.generation))
    for image in Set(gone.values.map(\.image.generation)).subtracting(kept) {
      images[image] = nil
      spaces.remove(stack_owner(generation: image, pid: 0, padding: 0))
    }
  }

  private func forgetAll() {
    // A program that follows a stack just now may find the ranges of another process,
    // which cuts that stack.
    _ = try? spaces.drain()
    known = [:]
    images = [:]
    rangesUsed = 0
  }

  private func range(of place: CodePlace) -> unwind_range {
    let (mapping, file) = place
    var range = unwind_range()
    range.start = mapping.start
    range.end = mapping.end
    if let table = tables[ObjectIdentifier(file)] {
      range.bias = mapping.start &- file.address(of: mapping.offset) &+ table.base
      range.rows = table.place
    }
    range.is_wanted = range.rows != 0 || file.hasNoRows || isFull ? 1 : 0
    return range
  }

  /// Reads the files that the programs met, and tells all processes that have them mapped.
  private func readWanted(_ space: Known) {
    var fresh: Set<ObjectIdentifier> = []
    for (index, place) in space.places.enumerated() {
      let range = ranges[space.first + index]
      guard range.rows == 0, range.is_wanted != 0, !place.file.hasNoRows, !isFull else { continue }
      read(place.file, greatest: .max)
      fresh.insert(ObjectIdentifier(place.file))
    }
    guard !fresh.isEmpty else { return }
    for other in known.values {
      for (index, place) in other.places.enumerated()
      where fresh.contains(ObjectIdentifier(place.file)) {
        ranges[other.first + index] = range(of: place)
      }
    }
  }

  private func read(_ file: MappedFile, greatest: Int) {
    let identity = ObjectIdentifier(file)
    guard tables[identity] == nil, !isFull,
      case .some(let base, let found) = file.domain.rows(of: file, greatest: greatest)
    else { return }
    let hash = hash(of: found)
    if let same = equals[hash]?.first(where: { isEqual($0, found) }) {
      tables[identity] = Table(base: base, first: same.first, count: same.count)
      return
    }
    guard rowsUsed + found.count <= rows.count else {
      isFull = true
      symbols.tell(
        "stacks through \(file.name), and files that are met later, are taken by frame "
          + "pointers: there is no room for their tables (--unwind-tables-size)")
      return
    }
    let table = Table(base: base, first: rowsUsed, count: found.count)
    rows.store(found, at: rowsUsed)
    rowsUsed += found.count
    tables[identity] = table
    equals[hash, default: []].append(table)
  }

  private func hash(of rows: [unwind_row]) -> Int {
    var hasher = Hasher()
    rows.withUnsafeBytes { hasher.combine(bytes: $0) }
    return hasher.finalize()
  }

  private func isEqual(_ table: Table, _ other: [unwind_row]) -> Bool {
    table.count == other.count
      && other.indices.allSatisfy {
        let row = rows[table.first + $0]
        return row.place == other[$0].place && row.rule == other[$0].rule
      }
  }
}

extension OpenObject {
  /// Sets how user stacks are taken by an object made with `lib/unwind.bpf.h`.
  ///
  /// - Parameter isInPrograms: they are taken at places in programs, where a thread can
  ///   preempt another.
  mutating func setUnwinding(
    _ options: UnwindOptions, isInPrograms: Bool = false
  ) throws(BPFError) {
    guard let rows = options.rows else { return }
    try setVariable("unwind_enabled", to: UInt32(1))
    try setMaxEntries(of: "unwind_rows", to: rows)
    try setMaxEntries(of: "unwind_ranges", to: UnwindTables.rangesRoom)
    try setMaxEntries(of: "unwind_spaces", to: UnwindTables.spacesRoom)
    guard isInPrograms else { return }
    try setVariable("unwind_by_thread", to: UInt32(1))
    try setMaxEntries(of: "unwind_thread_walks", to: 1024)
  }
}
