import BPFObjects
import TraceKit

extension ugc_event {
  /// What is known of a collection beside its time.
  var description: [UInt8] {
    switch Language(number: language) {
    case .java where kind == 0:
      // In bytes; what has no limit has -1.
      let (used, most) = ((begin.0, end.0), (Int64(bitPattern: begin.1), Int64(bitPattern: end.1)))
      return withUnsafeBytes(of: manager) { Array($0.upToNUL) } + [UInt8(ascii: " ")]
        + withUnsafeBytes(of: pool) { Array($0.upToNUL) }
        + Array(" used=\(used.0)->\(used.1) max=\(most.0)->\(most.1)".utf8)
    case .java: return Array((begin.0 & 0xff != 0 ? "full GC" : "GC").utf8)
    case .node: return Array(nodeTypes.utf8)
    case .python:
      let (generation, found) = (Int32(truncatingIfNeeded: begin.0), Int64(bitPattern: end.0))
      return Array("gen \(generation) GC collected \(found) objects".utf8)
    default:
      let probe = LanguageProbe(language: language, .collectionBegin, kind: kind)
      return Array((probe?.label ?? "").utf8)
    }
  }

  /// V8's GCType, which got one more bit in Node.js 18: with two meanings a bit has both names.
  private var nodeTypes: String {
    let names = [
      "scavenge", "mark-sweep-compact", "incremental mark or mark-sweep-compact",
      "weak callbacks or incremental mark", "weak callbacks",
    ]
    let type = begin.0 & 0xff
    let found = names.indices.filter { type >> $0 & 1 != 0 }.map { "GC " + names[$0] }
    return found.isEmpty ? "GC of type \(type)" : found.joined(separator: ", ")
  }
}
