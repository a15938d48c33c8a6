import Glibc
import TraceKit

/// The tools that run side by side, and what they have told.
final class Look {
  /// A tool that was asked.
  final class Asked {
    let section: Section
    let probe: Probe
    fileprivate(set) var facts = Facts()
    fileprivate(set) var companion: Companion?
    /// Why it does not run; nil where it does.
    fileprivate(set) var obstacle: String?
    fileprivate(set) var status: Int32 = 0
    fileprivate(set) var isAttached = false
    /// The flame graph that it drew.
    fileprivate(set) var drawing: [UInt8]?

    fileprivate init(_ probe: Probe, of section: Section) {
      self.probe = probe
      self.section = section
    }

    var leftOut: UInt64 { (companion?.leftOut ?? 0) + UInt64(facts.unread) }
  }

  let sections: [Section]
  let asked: [Asked]
  /// For which rates are.
  private(set) var seconds: Double
  /// Whether a signal ended it before its time.
  private(set) var isInterrupted = false
  /// Processes of the tools, which are no finding.
  private var own: Set<Int32> = [getpid()]
  /// Those that were found to be none.
  private var foreign: Set<Int32> = []
  /// When the last tool was attached; nil: none is.
  private var attached: Double?
  private let isVerbose: Bool

  /// How long tools may take to attach, and to end when they are told to, in seconds.
  private static let patience = 30.0
  private static let drawingLimit = 8 << 20
  private static let foreignLimit = 1 << 16

  init(at sections: [Section], seconds: Double, isVerbose: Bool) {
    self.isVerbose = isVerbose
    self.sections = sections
    self.seconds = seconds
    asked = sections.flatMap { section in section.probes.map { Asked($0, of: section) } }
  }

  /// Runs the tools to their ends.
  func run(until signals: Int32) {
    let start = Self.now
    for tool in asked { begin(tool) }
    var stages: [(time: Double, signal: Int32)] = [
      (start + seconds + Self.patience, SIGINT), (start + seconds + 2 * Self.patience, SIGKILL),
    ]
    var lookedAtOwn = 0.0
    while asked.contains(where: { $0.companion?.status == nil && $0.companion != nil }) {
      if wait(for: signals), !isInterrupted {
        isInterrupted = true
        seconds = min(seconds, max(Self.now - (attached ?? Self.now), 0.001))
        stages = [(Self.now, SIGINT), (Self.now + Self.patience, SIGKILL)]
      }
      if let stage = stages.first, Self.now >= stage.time {
        stages.removeFirst()
        for tool in asked { tool.companion?.signal(stage.signal) }
      }
      if Self.now > lookedAtOwn + 1 {
        findOwn()
        lookedAtOwn = Self.now
      }
    }
    for tool in asked { end(tool) }
  }

  private func begin(_ tool: Asked) {
    guard let program = OwnProcess.neighbour(tool.probe.tool) else {
      tool.obstacle = "it does not lie beside \(Firstlook.name)"
      return
    }
    let command =
      [program] + tool.probe.arguments
      + ["--json", "-v", "--duration", Figure.plain(seconds)]
    do throws(ErrorNumber) {
      let companion = try Companion(command, hasFile: tool.probe.drawsStacks)
      own.insert(companion.pid)
      tool.companion = companion
    } catch {
      tool.obstacle = "it cannot be started: \(error)"
    }
  }

  /// Reads what the tools wrote, for which it waits.
  ///
  /// - Returns: whether a signal came.
  private func wait(for signals: Int32) -> Bool {
    var descriptors = [pollfd(fd: isInterrupted ? -1 : signals, events: Int16(POLLIN), revents: 0)]
    for tool in asked {
      for descriptor in [tool.companion?.output, tool.companion?.errors] {
        descriptors.append(pollfd(fd: descriptor ?? -1, events: Int16(POLLIN), revents: 0))
      }
    }
    guard poll(&descriptors, nfds_t(descriptors.count), 500) > 0 else { return false }
    for (place, tool) in asked.enumerated() {
      if descriptors[2 * place + 1].revents != 0 {
        tool.companion?.readOutput { line in take(line, of: tool) }
      }
      if descriptors[2 * place + 2].revents != 0 { readErrors(of: tool) }
    }
    return descriptors[0].revents != 0
  }

  private func readErrors(of tool: Asked) {
    guard let companion = tool.companion else { return }
    companion.readErrors()
    guard !tool.isAttached else { return }
    let words = String(decoding: companion.errorText, as: UTF8.self)
    guard words.contains("\(tool.probe.tool): attached by ") else { return }
    tool.isAttached = true
    attached = Self.now
    if isVerbose { tell("\(Firstlook.name): \(tool.probe.tool) is attached") }
  }

  private func take(_ line: [UInt8], of tool: Asked) {
    guard let record = JSONRecord(line) else {
      tool.facts.unread += 1
      return
    }
    if let process = record.process, isOwn(process) { return }
    tool.facts.add(record, of: tool.probe)
  }

  private func isOwn(_ process: Int32) -> Bool {
    if own.contains(process) { return true }
    // Most have ended, and to ask again would be one more failed call.
    guard foreign.count < Self.foreignLimit, foreign.insert(process).inserted else { return false }
    return isFoundOwn(process)
  }

  /// A tool and its helper are in a group of their own.
  private func isFoundOwn(_ process: Int32) -> Bool {
    let group = getpgid(process)
    guard process > 0, group != getpgrp(), own.contains(group) else { return false }
    own.insert(process)
    return true
  }

  /// Finds helpers before they end, which is before some tools tell of them.
  private func findOwn() {
    for name in File.subdirectories(of: "/proc") {
      if let process = Int32(name) { _ = isFoundOwn(process) }
    }
  }

  private func end(_ tool: Asked) {
    guard let companion = tool.companion else { return }
    tool.drawing = companion.file(atMost: Self.drawingLimit)
    tool.status = companion.status ?? 0
    guard tool.status != 0 else { return }
    let words = String(decoding: companion.errorText, as: UTF8.self).split(separator: "\n").last
    let prefix = "\(tool.probe.tool): "
    let reason = words.map {
      $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : String($0)
    }
    tool.obstacle = reason ?? "it exited with status \(tool.status)"
  }

  private static var now: Double { Double(EventClock.now) / 1e9 }
}

extension Figure {
  /// As an option has it.
  static func plain(_ seconds: Double) -> String {
    seconds == seconds.rounded() && seconds < 1e9 ? "\(Int64(seconds))" : "\(seconds)"
  }
}
