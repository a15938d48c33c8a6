import CLinux
import Wire

/// The maps of a pin, which stay where they are as long as somebody reads them.
final class RecorderMaps {
  let layout: RecorderLayout
  private let cells: PinnedArray
  private let memory: PinnedArray
  private let counts: PinnedArray
  private let programs: PinnedPrograms.Counters

  /// - Throws: ``PinError`` where what is pinned is not what the pin says.
  init(_ pin: Pin) throws(PinError) {
    layout = pin.layout
    cells = try PinnedArray(RecorderLayout.maps[0], in: pin.directory, isPerCPU: true)
    memory = try PinnedArray(RecorderLayout.maps[1], in: pin.directory)
    counts = try PinnedArray(RecorderLayout.maps[2], in: pin.directory, isPerCPU: true)
    programs = PinnedPrograms.Counters(in: pin.directory)
    guard memory.valueSize == layout.pageRoom, memory.count == layout.cpus * layout.stride else {
      throw .refused(path: pin.directory.path, .invalidArgument)
    }
  }

  /// What each CPU says of its lanes.
  func lanes() -> [[recorder_lane]] {
    cells.firsts(as: recorder_cell.self).prefix(layout.cpus).map {
      [$0.lanes.0, $0.lanes.1, $0.lanes.2]
    }
  }

  /// Copies a page into room for it.
  ///
  /// - Returns: whether it could.
  func read(page: Int, into room: UnsafeMutableRawPointer) -> Bool { memory.read(page, into: room) }

  /// What the programs counted, and the kernel of them.
  func ledger() -> Ledger {
    var ledger = Ledger()
    ledger.add(counts.firsts(as: Wire.ledger.self))
    ledger.missed = programs.statistics.misses
    return ledger
  }

  /// Gives up what this process no longer needs.
  ///
  /// - Throws: ``ToolError``.
  func dropCapabilities(keeping kept: Capabilities) throws {
    let error = linux_drop_capabilities(cells.descriptor, kept.rawValue)
    guard error == 0 else {
      throw ToolError(.failure, "cannot drop capabilities: \(ErrorNumber(rawValue: error))")
    }
  }
}
