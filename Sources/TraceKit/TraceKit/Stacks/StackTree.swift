/// The addresses of many stacks, of which those that begin alike, at their outermost frames,
/// have these only once.
struct StackTree {
  /// A stack, by its innermost frame.
  typealias Place = UInt32

  private struct Node: Hashable {
    let address: UInt64
    /// The frame that called it; none for the outermost.
    let caller: UInt32
  }

  /// A frame takes some 50 bytes.
  private static let room = 1 << 23
  private var nodes: [Node] = []
  private var places: [Node: UInt32] = [:]

  var isFull: Bool { nodes.count >= Self.room }

  /// - Parameter addresses: the innermost first.
  /// - Returns: nil where there are none, or there is no room.
  mutating func add(_ addresses: some BidirectionalCollection<UInt64>) -> Place? {
    var caller = UInt32.max
    for address in addresses.reversed() {
      let node = Node(address: address, caller: caller)
      if let place = places[node] {
        caller = place
        continue
      }
      guard !isFull else { return nil }
      caller = UInt32(nodes.count)
      places[node] = caller
      nodes.append(node)
    }
    return caller == .max ? nil : caller
  }

  /// Those of a stack, the innermost first.
  func addresses(of place: Place) -> [UInt64] {
    var addresses: [UInt64] = []
    var next = place
    while next != .max {
      addresses.append(nodes[Int(next)].address)
      next = nodes[Int(next)].caller
    }
    return addresses
  }
}
