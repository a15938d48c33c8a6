import Foundation
import TestSupport
import Testing
import Wire

@testable import TraceKit

extension FuzzTests {
  @Test func `any cycle of deadlock is printed, and any graph of orders is JSON`() throws {
    let tool = try #require(_typeByName("8deadlock8DeadlockV") as? any SummaryTool.Type)
    let columns = try columns(of: tool)
    try Fuzz.run("deadlock", share: 0.025) { numbers in
      let graph = LockOrders()
      var rows: [LockOrderRow] = []
      for _ in 0..<Self.rows {
        let made = record(&numbers, lock_order_event.self) { numbers, event in
          // Of few locks, so that there are cycles.
          event.order.held.address = UInt64.random(in: 0..<6, using: &numbers)
          event.order.wanted.address = UInt64.random(in: 0..<6, using: &numbers)
          event.order.held.generation = numbers.chance(2) ? 0 : numbers.number(UInt32.self)
          event.order.wanted.generation = 0
          event.order.space = 0
          event.header.time_ns = numbers.number(UInt64.self)
          return []
        }
        let order = LockOrder(
          made.record.withUnsafeBytes { $0.loadUnaligned(as: lock_order_event.self) })
        guard let cycle = graph.add(order) else { continue }
        rows += cycle.enumerated().map { place, index in
          row(graph.orders[index], place, of: cycle.map { graph.orders[$0].held }, &numbers)
        }
      }
      let outputs = print(rows, columns)
      _ = try Check.csv(outputs[.csv]!, records: rows.count + 1, fields: columns.count)
      let objects = try Check.json(outputs[.json]!, lines: rows.count)
      for (object, row) in zip(objects, rows) {
        try Check.text(object, "comm", Array(row.order.comm.utf8))
      }
      let lines = rows.flatMap(\.lines)
      let report = written { out in
        for var line in lines {
          line.withUTF8 { out.append(escaped: UnsafeRawBufferPointer($0)) }
          out.append("\n")
        }
      }
      try Check.table(report, lines: lines.count)
      let file = written { graph.write(to: $0) }
      let parsed = try? JSONSerialization.jsonObject(with: Data(file)) as? [String: Any]
      let links = parsed?["links"] as? [Any]
      try require(links?.count == graph.orders.count, "the graph is no JSON: \(file)")
    }
  }

  private func columns<Tool: SummaryTool>(of tool: Tool.Type) throws -> [Column<LockOrderRow>] {
    try #require(try Tool.parse(["--pid", "1"]).columns as? [Column<LockOrderRow>])
  }

  /// An order of a cycle, with names and stacks of any texts.
  private func row(
    _ order: LockOrder, _ place: Int, of locks: [LockUse], _ numbers: inout SeededNumbers
  ) -> LockOrderRow {
    var texts = (0..<4).map { _ in String(decoding: numbers.text(), as: UTF8.self) }
    let comm = texts.removeLast()
    let frames = texts.map {
      Frame(name: $0, address: numbers.number(UInt64.self), isKernel: false)
    }
    let birth = LockOrderRow.Birth(tid: numbers.number(UInt32.self), comm: comm, stack: frames)
    return LockOrderRow(
      cycle: numbers.number(UInt32.self), place: place, order: order, locks: locks,
      names: locks.map { _ in numbers.chance(2) ? nil : comm }, stack: frames,
      heldStack: Array(frames.prefix(1)), birth: numbers.chance(2) ? nil : birth,
      births: numbers.chance(2) ? [] : [(order, birth), (order, nil)], count: 1)
  }
}
