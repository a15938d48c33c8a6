import Glibc
import TraceKit

/// Runs tools, starts them again where they end, and ends them all.
public final class Supervisor {
  private final class Child {
    let tool: ExportedTool
    /// In the registry.
    let index: Int
    var companion: Companion?
    var hasRun = false
    var began = 0.0
    /// When it is started next.
    var due = 0.0
    var pause = Supervisor.firstPause

    init(_ tool: ExportedTool, _ index: Int) {
      self.tool = tool
      self.index = index
    }
  }

  private let registry: Registry
  private let children: [Child]
  /// Whether a tool that ends is started again.
  private let isRestarting: Bool
  private let visit: (JSONRecord, [UInt8], Int) -> Void

  static let firstPause = 1.0
  static let longestPause = 60.0
  /// How long a tool may take to end, in seconds.
  static let patience = 5.0

  /// - Parameters:
  ///   - restarts: a tool that ends is started again; else all end with the first.
  ///   - visit: gets each row, its line and the place of its tool.
  public init(
    _ tools: [ExportedTool], _ registry: Registry, labelLimit: Int, restarts: Bool,
    visit: @escaping (JSONRecord, [UInt8], Int) -> Void
  ) {
    self.registry = registry
    isRestarting = restarts
    self.visit = visit
    let names = tools.map(\.description.tool)
    children = tools.map { tool in
      let isAlone = names.count { $0 == tool.description.tool } == 1
      let index = registry.add(
        tool.description, command: isAlone ? nil : tool.words.joined(separator: " "),
        labelLimit: labelLimit)
      return Child(tool, index)
    }
  }

  /// Runs them until a signal comes, or the first ends where none is started again.
  ///
  /// - Parameter signals: becomes readable with a signal.
  /// - Returns: the exit status.
  public func run(until signals: Int32) -> Int32 {
    var status: Int32 = 0
    var ending: Double?
    var isKilled = false
    while true {
      let now = Self.now
      if ending == nil { for child in children where child.companion == nil { begin(child, now) } }
      if let ending, now > ending + Self.patience, !isKilled {
        isKilled = true
        for child in children { child.companion?.signal(SIGKILL) }
      }
      if wait(for: ending == nil ? signals : -1) {
        ending = Self.now
        for child in children { child.companion?.signal(SIGINT) }
      }
      for child in children {
        guard let ended = child.companion?.status else { continue }
        finish(child, ended)
        if !isRestarting, ending == nil {
          status = ended
          ending = Self.now
          for other in children { other.companion?.signal(SIGINT) }
        }
      }
      if ending != nil, children.allSatisfy({ $0.companion == nil }) { return status }
    }
  }

  private func begin(_ child: Child, _ now: Double) {
    guard now >= child.due else { return }
    child.began = now
    do throws(ErrorNumber) {
      child.companion = try Companion(child.tool.command, lineCount: .max)
      registry.began(child.index, isRestart: child.hasRun)
    } catch {
      tell("tracing-exporter: cannot start \(child.tool.words[0]): \(error)")
      postpone(child)
    }
    child.hasRun = true
  }

  private func finish(_ child: Child, _ status: Int32) {
    registry.ended(child.index, leftOut: child.companion?.leftOut ?? 0)
    child.companion = nil
    guard isRestarting else { return }
    if Self.now > child.began + Self.longestPause { child.pause = Self.firstPause }
    postpone(child)
  }

  private func postpone(_ child: Child) {
    child.due = Self.now + child.pause
    child.pause = min(child.pause * 2, Self.longestPause)
  }

  /// Reads what the tools wrote, for which it waits.
  ///
  /// - Returns: whether a signal came.
  private func wait(for signals: Int32) -> Bool {
    var descriptors = [pollfd(fd: signals, events: Int16(POLLIN), revents: 0)]
    for child in children {
      for descriptor in [child.companion?.output, child.companion?.errors] {
        descriptors.append(pollfd(fd: descriptor ?? -1, events: Int16(POLLIN), revents: 0))
      }
    }
    guard poll(&descriptors, nfds_t(descriptors.count), 200) > 0 else { return false }
    for (place, child) in children.enumerated() {
      if descriptors[2 * place + 1].revents != 0 {
        child.companion?.readOutput { line in
          if let record = registry.take(line, of: child.index) { visit(record, line, child.index) }
        }
      }
      if descriptors[2 * place + 2].revents != 0 {
        child.companion?.readErrors { bytes in _ = write(STDERR_FILENO, bytes, bytes.count) }
      }
    }
    return descriptors[0].revents != 0
  }

  private static var now: Double { Double(EventClock.now) / 1e9 }
}
