import CLibbpf
import Glibc

extension Session {
  /// Has all programs go on when this process has ended: pins them, their links, and maps.
  ///
  /// - Parameters:
  ///   - maps: the maps of the first object that a reader needs.
  ///   - directory: keeps them from now on. What a failure leaves in it must be removed.
  public func pin(maps: [String], in directory: PinDirectory) throws {
    for map in maps {
      try directory.pin(object.map(map, keySize: nil, valueSize: nil).descriptor, as: map)
    }
    var (links, programs) = (0, 0)
    for session in [self] + companions {
      for (name, descriptor) in try session.attachedPrograms() {
        programs += 1
        try directory.pin(descriptor, as: "\(PinnedPrograms.prefix)\(programs)-\(name)")
      }
      for link in session.attachedLinks {
        links += 1
        try directory.pin(link.descriptor, as: "\(PinnedPrograms.linkPrefix)\(links)")
      }
    }
  }
}

/// Programs that are pinned in a directory.
public struct PinnedPrograms {
  static let prefix = "program"
  static let linkPrefix = "link"

  /// A program, and what the kernel counted of it.
  public struct Program: Sendable {
    public let id: UInt32
    public let name: String
    public let statistics: ProgramStatistics
  }

  public let all: [Program]

  public init(in directory: PinDirectory) {
    var programs: [Program] = []
    for entry in directory.entries where entry.hasPrefix(Self.prefix) {
      let descriptor = unsafe bpf_obj_get(directory.path(of: entry))
      guard descriptor >= 0 else { continue }
      defer { close(descriptor) }
      let text = File.contents(of: "/proc/self/fdinfo/\(descriptor)") ?? ""
      let line = text.split(separator: "\n").first { $0.hasPrefix("prog_id:") }
      guard !text.contains("link_id:"), let id = line?.split(separator: "\t").last,
        let id = UInt32(id),
        let statistics = try? ProgramStatistics(descriptor: descriptor, program: entry)
      else { continue }
      let name = entry.drop { $0 != "-" }.dropFirst()
      programs.append(Program(id: id, name: String(name), statistics: statistics))
    }
    all = programs
  }

  /// What the kernel counted of all.
  public var statistics: ProgramStatistics {
    var sum = ProgramStatistics()
    for program in all { sum += program.statistics }
    return sum
  }

  /// What the kernel counts of them and of their links, which can be asked for as long as this
  /// lives.
  public final class Counters: Sendable {
    private let descriptors: [Int32]
    private let links: [Int32]

    public init(in directory: PinDirectory) {
      func open(_ prefix: String) -> [Int32] {
        directory.entries.filter { $0.hasPrefix(prefix) }
          .map { unsafe bpf_obj_get(directory.path(of: $0)) }.filter { $0 >= 0 }
      }
      descriptors = open(PinnedPrograms.prefix)
      links = open(PinnedPrograms.linkPrefix)
    }

    deinit { for descriptor in descriptors + links { close(descriptor) } }

    public var statistics: ProgramStatistics {
      var sum = ProgramStatistics()
      for descriptor in descriptors {
        if let found = try? ProgramStatistics(descriptor: descriptor, program: "") { sum += found }
      }
      for link in links { sum.probeMisses += Link.misses(of: link) }
      return sum
    }
  }

  /// Whether the kernel has one of them still; nil where it says that only to others.
  public var areLoaded: Bool? {
    var areLoaded: Bool? = false
    for program in all {
      let descriptor = bpf_prog_get_fd_by_id(program.id)
      if descriptor >= 0 {
        close(descriptor)
        return true
      }
      if errno != ENOENT { areLoaded = nil }
    }
    return areLoaded
  }
}
