/// The processes of the machine, as proc shows them.
enum Processes {
  /// The greatest number that a process can have.
  static var greatestPID: UInt32 {
    File.contents(of: "/proc/sys/kernel/pid_max").flatMap { UInt32($0.prefix { $0 != "\n" }) }
      ?? Parse.greatestPID
  }

  /// All descendants of some processes.
  static func descendants(of roots: Set<UInt32>) -> Set<UInt32> {
    var children: [UInt32: [UInt32]] = [:]
    for pid in all() {
      if let parent = parent(of: pid) { children[parent, default: []].append(pid) }
    }
    var found: Set<UInt32> = []
    var rest = Array(roots)
    while let pid = rest.popLast() {
      for child in children[pid] ?? [] where found.insert(child).inserted { rest.append(child) }
    }
    return found
  }

  static func all() -> [UInt32] {
    File.subdirectories(of: "/proc").compactMap { UInt32($0) }
  }

  /// The process that a thread belongs to.
  static func process(of tid: UInt32) -> UInt32? {
    let lines = File.contents(of: "/proc/\(tid)/status")?.split(separator: "\n")
    let line = lines?.first { $0.hasPrefix("Tgid:") }
    return line?.split(separator: "\t").last.flatMap { UInt32($0) }
  }

  private static func parent(of pid: UInt32) -> UInt32? { stat(of: pid, 4).map(UInt32.init) }

  /// A field of its stat file, as proc(5) numbers them; the second is the name in
  /// parentheses, which may hold anything.
  static func stat(of pid: UInt32, _ number: Int) -> UInt64? {
    stat(of: pid, [number])?.first
  }

  static func stat(of pid: UInt32, _ numbers: [Int]) -> [UInt64]? {
    // A machine can have ten thousand processes: one read has all.
    guard let stat = File.beginning(of: "/proc/\(pid)/stat", atMost: 1024),
      let name = stat.lastIndex(of: UInt8(ascii: ")"))
    else { return nil }
    // The field that follows the name and a space is the third.
    let fields = stat[name...].dropFirst(2).split(separator: UInt8(ascii: " "))
    let values = numbers.compactMap { number in
      (3..<fields.count + 3).contains(number) ? Self.number(fields[number - 3]) : nil
    }
    return values.count == numbers.count ? values : nil
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for digit in digits {
      guard (0x30...0x39).contains(digit) else { return nil }
      let (tens, isTooLarge) = value.multipliedReportingOverflow(by: 10)
      guard !isTooLarge else { return nil }
      value = tens &+ UInt64(digit &- 0x30)
    }
    return digits.isEmpty ? nil : value
  }
}
