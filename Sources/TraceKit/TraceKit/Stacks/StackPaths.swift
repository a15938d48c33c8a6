/// What a step of a path reads as.
protocol StackLabel: Hashable {
  /// In place of steps for which there is no room.
  static var truncated: Self { get }
  /// What it takes to keep and to write, in bytes.
  var weight: Int { get }
}

/// A name alone.
struct StackName: StackLabel {
  let text: String

  static let truncated = StackName("[truncated]")

  init(_ text: String) { self.text = text }

  var weight: Int { text.utf8.count }
}

/// The paths of many stacks from their outermost frames; those that begin alike share their
/// first steps. A traced process chooses how many there are, so their memory is bounded: what
/// has no room is one step, on which all that has none at that place is counted.
struct StackPaths<Label: StackLabel> {
  private struct Step: Hashable {
    let parent: UInt32
    let label: UInt32
  }

  private var labels = NumberedSet<Label>()
  private var steps = NumberedSet<Step>()
  private let room: Int
  private let repeatsLabels: Bool
  private var weight = 0

  /// What a step takes without its label.
  static var stepWeight: Int { 64 }
  static var root: Int { 0 }

  /// - Parameters:
  ///   - root: the label of the step that is the parent of all others, if it has one.
  ///   - repeatsLabels: a label is written with each of its steps.
  ///   - room: what the steps may take, in bytes.
  init(root: Label?, repeatsLabels: Bool, room: Int) {
    self.room = room
    self.repeatsLabels = repeatsLabels
    let label = root.map { UInt32(labels.insert($0)) } ?? .max
    _ = steps.insert(Step(parent: .max, label: label))
  }

  var allLabels: some Sequence<Label> { labels.elements }

  /// Steps and labels have numbers in the order in which they came.
  subscript(step: Int) -> (parent: Int, label: Int) {
    (Int(steps[step].parent), Int(steps[step].label))
  }

  /// - Returns: nil where it is new, and there is no room for it.
  mutating func step(from parent: Int, to label: Label) -> Int? {
    let known = labels.number(of: label)
    if let known, let step = steps.number(of: Self.step(parent, known)) { return step }
    let isWritten = known == nil || repeatsLabels
    guard reserve(Self.stepWeight + (isWritten ? label.weight : 0)) else { return nil }
    return steps.insert(Self.step(parent, known ?? labels.insert(label)))
  }

  /// The last step of a path.
  ///
  /// - Returns: nil where there is no room for all of it.
  mutating func end(of path: some Sequence<Label>) -> Int? {
    var end = Self.root
    for label in path {
      guard let next = step(from: end, to: label) else { return nil }
      end = next
    }
    return end
  }

  /// The step that stands for all that have no room there. Each other step has at most one, which
  /// takes no room.
  mutating func truncation(at parent: Int) -> Int {
    steps.insert(Self.step(parent, labels.insert(.truncated)))
  }

  /// - Returns: whether there is room for so many bytes.
  mutating func reserve(_ bytes: Int) -> Bool {
    guard bytes <= room - weight else { return false }
    weight += bytes
    return true
  }

  /// The steps that lead to one, without the root.
  func path(to step: Int) -> [Int] {
    var path: [Int] = []
    var next = step
    while next != Self.root {
      path.append(next)
      next = self[next].parent
    }
    return path.reversed()
  }

  private static func step(_ parent: Int, _ label: Int) -> Step {
    Step(parent: UInt32(parent), label: UInt32(label))
  }
}
